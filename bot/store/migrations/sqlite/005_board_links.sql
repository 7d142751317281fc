-- Boards that several workspaces share: who has joined which, and the codes with which that is done.

CREATE TABLE board_links (
    board      TEXT NOT NULL,
    workspace  TEXT NOT NULL,       -- that joined
    home       TEXT NOT NULL,       -- whose board it is
    title      TEXT NOT NULL,       -- of the workspace that joined, as people call it
    home_title TEXT NOT NULL,
    channel    TEXT,                -- of the workspace that joined, where it is the board that is meant
    joined_by  TEXT NOT NULL,       -- a person's id
    joined_at  REAL NOT NULL,       -- seconds since 1970
    PRIMARY KEY (board, workspace)
) WITHOUT ROWID;
CREATE INDEX board_links_by_workspace ON board_links (workspace);

CREATE TABLE board_codes (
    code       TEXT PRIMARY KEY,    -- its SHA-256; the code itself is kept nowhere
    board      TEXT NOT NULL,
    home       TEXT NOT NULL,
    home_title TEXT NOT NULL,
    until      REAL NOT NULL        -- seconds since 1970
) WITHOUT ROWID;
