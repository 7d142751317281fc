-- Boards in chats: the messages that show them, and who wants to be told of new photos that fit.

CREATE TABLE board_posts (
    chat      text NOT NULL,
    place     text NOT NULL,        -- of the message, as its chat knows it
    workspace text NOT NULL,
    board     text NOT NULL,
    language  text NOT NULL,
    revision  bigint NOT NULL,     -- of the board, as the message shows it
    made_at   double precision NOT NULL,        -- seconds since 1970
    PRIMARY KEY (chat, place)
);
CREATE INDEX board_posts_by_board ON board_posts (workspace, board, made_at);

CREATE TABLE board_watches (
    workspace text NOT NULL,
    board     text NOT NULL,
    chat      text NOT NULL,
    channel   text NOT NULL,
    language  text NOT NULL,
    marks     text NOT NULL,        -- JSON: the newest photo that was looked at, by library
    told_at   double precision NOT NULL,        -- seconds since 1970
    PRIMARY KEY (workspace, board)
);

-- Photos whose source was told that they were chosen, or is still to be told.
CREATE TABLE chosen (
    url     text PRIMARY KEY,       -- what the source asks to be called
    told_at double precision                    -- seconds since 1970; NULL: not yet
);
