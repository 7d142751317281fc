-- What the bot remembers: results that buttons belong to, each workspace's settings, and facts of its own.

CREATE TABLE results (
    token     text PRIMARY KEY,     -- unguessable; stands in the buttons of a message
    workspace text NOT NULL,
    owner     text NOT NULL,        -- who asked
    posted    boolean NOT NULL,     -- whether everybody in the channel may press
    data      text NOT NULL,        -- JSON
    made_at   double precision NOT NULL         -- seconds since 1970
);
CREATE INDEX results_by_age ON results (made_at);

CREATE TABLE settings (
    workspace text NOT NULL,
    name      text NOT NULL,
    value     text NOT NULL,        -- JSON
    PRIMARY KEY (workspace, name)
);

CREATE TABLE facts (
    name  text PRIMARY KEY,
    value text NOT NULL
);
