-- Each row carries a checksum over its values (core/store/sqlite/sums.py), which triggers write: SQLite notices a broken
-- page, not a flipped bit in a credit. Rows of photos and boards get theirs now; a library's vectors, tags and colours,
-- which are many, when they are written or by `modaclip check --repair`.

ALTER TABLE facts ADD COLUMN sum INTEGER;
ALTER TABLE photos ADD COLUMN sum INTEGER;
ALTER TABLE tags ADD COLUMN sum INTEGER;
ALTER TABLE colours ADD COLUMN sum INTEGER;
ALTER TABLE spaces ADD COLUMN sum INTEGER;
ALTER TABLE derived ADD COLUMN sum INTEGER;
ALTER TABLE boards ADD COLUMN sum INTEGER;
ALTER TABLE board_changes ADD COLUMN sum INTEGER;
ALTER TABLE vectors ADD COLUMN sum INTEGER;

CREATE TRIGGER facts_written AFTER INSERT ON facts BEGIN
    UPDATE facts SET sum = row_sum(name, value)
    WHERE name = NEW.name;
END;
CREATE TRIGGER facts_changed AFTER UPDATE OF name, value ON facts BEGIN
    UPDATE facts SET sum = row_sum(name, value)
    WHERE name = NEW.name;
END;
CREATE TRIGGER photos_written AFTER INSERT ON photos BEGIN
    UPDATE photos SET sum = row_sum(n, id, key, record_hash, file_size, file_mtime_ns, source, photographer_name,
        photographer_username, photographer_url, title, description, place, width, height, average_colour, phash,
        content_hash, licence, page_url, image_url, download_url, path, taken_at, published_at, imported_at)
    WHERE n = NEW.n;
END;
CREATE TRIGGER photos_changed AFTER UPDATE OF n, id, key, record_hash, file_size, file_mtime_ns, source,
    photographer_name, photographer_username, photographer_url, title, description, place, width, height,
    average_colour, phash, content_hash, licence, page_url, image_url, download_url, path, taken_at, published_at,
    imported_at ON photos BEGIN
    UPDATE photos SET sum = row_sum(n, id, key, record_hash, file_size, file_mtime_ns, source, photographer_name,
        photographer_username, photographer_url, title, description, place, width, height, average_colour, phash,
        content_hash, licence, page_url, image_url, download_url, path, taken_at, published_at, imported_at)
    WHERE n = NEW.n;
END;
CREATE TRIGGER tags_written AFTER INSERT ON tags BEGIN
    UPDATE tags SET sum = row_sum(photo, name, origin, confidence)
    WHERE photo = NEW.photo AND name = NEW.name AND origin = NEW.origin;
END;
CREATE TRIGGER tags_changed AFTER UPDATE OF photo, name, origin, confidence ON tags BEGIN
    UPDATE tags SET sum = row_sum(photo, name, origin, confidence)
    WHERE photo = NEW.photo AND name = NEW.name AND origin = NEW.origin;
END;
CREATE TRIGGER colours_written AFTER INSERT ON colours BEGIN
    UPDATE colours SET sum = row_sum(photo, rank, hex, share, lightness, a, b, chroma)
    WHERE photo = NEW.photo AND rank = NEW.rank;
END;
CREATE TRIGGER colours_changed AFTER UPDATE OF photo, rank, hex, share, lightness, a, b, chroma ON colours BEGIN
    UPDATE colours SET sum = row_sum(photo, rank, hex, share, lightness, a, b, chroma)
    WHERE photo = NEW.photo AND rank = NEW.rank;
END;
CREATE TRIGGER spaces_written AFTER INSERT ON spaces BEGIN
    UPDATE spaces SET sum = row_sum(id, encoder, fingerprint, dimensions)
    WHERE id = NEW.id;
END;
CREATE TRIGGER spaces_changed AFTER UPDATE OF id, encoder, fingerprint, dimensions ON spaces BEGIN
    UPDATE spaces SET sum = row_sum(id, encoder, fingerprint, dimensions)
    WHERE id = NEW.id;
END;
CREATE TRIGGER derived_written AFTER INSERT ON derived BEGIN
    UPDATE derived SET sum = row_sum(name, stamp, data)
    WHERE name = NEW.name;
END;
CREATE TRIGGER derived_changed AFTER UPDATE OF name, stamp, data ON derived BEGIN
    UPDATE derived SET sum = row_sum(name, stamp, data)
    WHERE name = NEW.name;
END;
CREATE TRIGGER boards_written AFTER INSERT ON boards BEGIN
    UPDATE boards SET sum = row_sum(id, revision, name, key, channel, pins, archived, deleted, made_at,
        changed_at)
    WHERE id = NEW.id;
END;
CREATE TRIGGER boards_changed AFTER UPDATE OF id, revision, name, key, channel, pins, archived, deleted, made_at,
    changed_at ON boards BEGIN
    UPDATE boards SET sum = row_sum(id, revision, name, key, channel, pins, archived, deleted, made_at,
        changed_at)
    WHERE id = NEW.id;
END;
CREATE TRIGGER board_changes_written AFTER INSERT ON board_changes BEGIN
    UPDATE board_changes SET sum = row_sum(board, revision, at, author, author_name, kind, data, side)
    WHERE board = NEW.board AND revision = NEW.revision;
END;
CREATE TRIGGER board_changes_changed AFTER UPDATE OF board, revision, at, author, author_name, kind, data, side ON
    board_changes BEGIN
    UPDATE board_changes SET sum = row_sum(board, revision, at, author, author_name, kind, data, side)
    WHERE board = NEW.board AND revision = NEW.revision;
END;
CREATE TRIGGER vectors_written AFTER INSERT ON vectors BEGIN
    UPDATE vectors SET sum = vector_sum(space, photo, revision, vector)
    WHERE space = NEW.space AND photo = NEW.photo;
END;
CREATE TRIGGER vectors_changed AFTER UPDATE OF space, photo, revision, vector ON vectors BEGIN
    UPDATE vectors SET sum = vector_sum(space, photo, revision, vector)
    WHERE space = NEW.space AND photo = NEW.photo;
END;

UPDATE facts SET sum = row_sum(name, value);
UPDATE photos SET sum = row_sum(n, id, key, record_hash, file_size, file_mtime_ns, source, photographer_name,
    photographer_username, photographer_url, title, description, place, width, height, average_colour, phash,
    content_hash, licence, page_url, image_url, download_url, path, taken_at, published_at, imported_at);
UPDATE spaces SET sum = row_sum(id, encoder, fingerprint, dimensions);
UPDATE boards SET sum = row_sum(id, revision, name, key, channel, pins, archived, deleted, made_at, changed_at);
UPDATE board_changes SET sum = row_sum(board, revision, at, author, author_name, kind, data, side);
