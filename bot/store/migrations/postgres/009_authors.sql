-- The web chat: who posted what everybody reads, so that it can be taken back when they ask to be forgotten.

ALTER TABLE entries ADD COLUMN author text NOT NULL DEFAULT '';  -- '' for what nobody posted, as news of a board
