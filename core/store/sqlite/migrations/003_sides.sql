-- A board may be shared by several teams: from which of them each change came; '' is the one that made it.

ALTER TABLE board_changes ADD COLUMN side TEXT NOT NULL DEFAULT '';
