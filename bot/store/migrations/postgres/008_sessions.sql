-- A session also ends that nobody has used for a while.

ALTER TABLE sessions ADD COLUMN seen_at double precision NOT NULL DEFAULT 0;  -- seconds since 1970, to the hour
UPDATE sessions SET seen_at = extract(epoch FROM now());
