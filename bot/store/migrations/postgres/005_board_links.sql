-- Boards that several workspaces share: who has joined which, and the codes with which that is done.

CREATE TABLE board_links (
    board      text NOT NULL,
    workspace  text NOT NULL,       -- that joined
    home       text NOT NULL,       -- whose board it is
    title      text NOT NULL,       -- of the workspace that joined, as people call it
    home_title text NOT NULL,
    channel    text,                -- of the workspace that joined, where it is the board that is meant
    joined_by  text NOT NULL,       -- a person's id
    joined_at  double precision NOT NULL,       -- seconds since 1970
    PRIMARY KEY (board, workspace)
);
CREATE INDEX board_links_by_workspace ON board_links (workspace);

CREATE TABLE board_codes (
    code       text PRIMARY KEY,    -- its SHA-256; the code itself is kept nowhere
    board      text NOT NULL,
    home       text NOT NULL,
    home_title text NOT NULL,
    until      double precision NOT NULL        -- seconds since 1970
);
