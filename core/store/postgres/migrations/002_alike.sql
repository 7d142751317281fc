-- Near-duplicates: photos without a group yet, and hashes by their bands (core/bands.py), so that a photo that comes into a
-- large library is compared with the few that may be near to it.
CREATE INDEX photos_without_group ON photos (library, n) WHERE alike IS NULL AND phash IS NOT NULL;
CREATE INDEX photos_by_hash_0 ON photos (library, ((phash >> 0) & 2097151)) WHERE phash IS NOT NULL;
CREATE INDEX photos_by_hash_1 ON photos (library, ((phash >> 21) & 2097151)) WHERE phash IS NOT NULL;
CREATE INDEX photos_by_hash_2 ON photos (library, ((phash >> 42) & 4194303)) WHERE phash IS NOT NULL;
