-- Mood boards: a log of changes for each, and what is looked for among them.

CREATE TABLE boards (
    id         TEXT PRIMARY KEY,
    revision   INTEGER NOT NULL,   -- of the last change; who writes on names the one that they have seen
    name       TEXT NOT NULL,
    key        TEXT NOT NULL,      -- the name, folded
    channel    TEXT,               -- where it is the board that is meant
    pins       INTEGER NOT NULL,
    archived   INTEGER NOT NULL,
    deleted    INTEGER NOT NULL,
    made_at    TEXT NOT NULL,      -- ISO 8601
    changed_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX boards_by_name ON boards (key) WHERE NOT deleted;
CREATE INDEX boards_by_channel ON boards (channel, changed_at);
CREATE INDEX boards_by_time ON boards (changed_at);

-- What was changed, never what came of it: a board is the sum of its changes.
CREATE TABLE board_changes (
    board       TEXT NOT NULL REFERENCES boards (id),
    revision    INTEGER NOT NULL,   -- from 1, without gaps
    at          TEXT NOT NULL,
    author      TEXT NOT NULL,
    author_name TEXT NOT NULL,
    kind        TEXT NOT NULL,
    data        TEXT NOT NULL,      -- JSON
    PRIMARY KEY (board, revision)
) WITHOUT ROWID;
