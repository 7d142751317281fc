-- Which photos have a vector, told without reading a vector: counting and sampling read this index, not the table.
CREATE INDEX vectors_held ON vectors (space, photo) WHERE vector IS NOT NULL;

-- `by:` looks for names and usernames; without this one it read every photo.
CREATE INDEX photos_by_username ON photos (photographer_username);
