-- `by:` looks for names and usernames; without this index it read every photo.
CREATE INDEX photos_by_username ON photos (photographer_username);
