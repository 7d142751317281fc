-- What the bot remembers: results that buttons belong to, each workspace's settings, and facts of its own.

CREATE TABLE results (
    token     TEXT PRIMARY KEY,     -- unguessable; stands in the buttons of a message
    workspace TEXT NOT NULL,
    owner     TEXT NOT NULL,        -- who asked
    posted    INTEGER NOT NULL,     -- whether everybody in the channel may press
    data      TEXT NOT NULL,        -- JSON
    made_at   REAL NOT NULL         -- seconds since 1970
) WITHOUT ROWID;
CREATE INDEX results_by_age ON results (made_at);

CREATE TABLE settings (
    workspace TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,        -- JSON
    PRIMARY KEY (workspace, name)
) WITHOUT ROWID;

CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
