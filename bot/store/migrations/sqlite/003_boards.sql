-- Boards in chats: the messages that show them, and who wants to be told of new photos that fit.

CREATE TABLE board_posts (
    chat      TEXT NOT NULL,
    place     TEXT NOT NULL,        -- of the message, as its chat knows it
    workspace TEXT NOT NULL,
    board     TEXT NOT NULL,
    language  TEXT NOT NULL,
    revision  INTEGER NOT NULL,     -- of the board, as the message shows it
    made_at   REAL NOT NULL,        -- seconds since 1970
    PRIMARY KEY (chat, place)
) WITHOUT ROWID;
CREATE INDEX board_posts_by_board ON board_posts (workspace, board, made_at);

CREATE TABLE board_watches (
    workspace TEXT NOT NULL,
    board     TEXT NOT NULL,
    chat      TEXT NOT NULL,
    channel   TEXT NOT NULL,
    language  TEXT NOT NULL,
    marks     TEXT NOT NULL,        -- JSON: the newest photo that was looked at, by library
    told_at   REAL NOT NULL,        -- seconds since 1970
    PRIMARY KEY (workspace, board)
) WITHOUT ROWID;

-- Photos whose source was told that they were chosen, or is still to be told.
CREATE TABLE chosen (
    url     TEXT PRIMARY KEY,       -- what the source asks to be called
    told_at REAL                    -- seconds since 1970; NULL: not yet
) WITHOUT ROWID;
