-- One library: photos, the words they are found by, their vectors in one or more spaces, and what is known of the library.

CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE photos (
    n                     INTEGER PRIMARY KEY AUTOINCREMENT,  -- the key in every index; never used again
    id                    TEXT NOT NULL UNIQUE COLLATE NOCASE,
    key                   TEXT NOT NULL UNIQUE,               -- where it came from; what makes an import resumable
    record_hash           TEXT NOT NULL,                      -- of the source's record: changed credits come in again
    file_size             INTEGER,                            -- bytes; with file_mtime_ns tells an unchanged file unread
    file_mtime_ns         INTEGER,
    source                TEXT NOT NULL,
    photographer_name     TEXT,
    photographer_username TEXT,
    photographer_url      TEXT,
    title                 TEXT,
    description           TEXT,
    place                 TEXT,
    width                 INTEGER,
    height                INTEGER,
    average_colour        TEXT,
    phash                 INTEGER,                            -- 64 bits, as a signed number
    content_hash          TEXT,
    alike                 INTEGER,                            -- near-duplicates share it: the n of the first of them
    licence               TEXT,
    page_url              TEXT,
    image_url             TEXT,
    download_url          TEXT,
    path                  TEXT,
    taken_at              TEXT,                               -- ISO 8601
    published_at          TEXT,
    imported_at           TEXT NOT NULL
);
CREATE INDEX photos_by_content ON photos (content_hash);
CREATE INDEX photos_by_photographer ON photos (photographer_name);
CREATE INDEX photos_by_alike ON photos (alike);
CREATE INDEX photos_by_size ON photos (width, height);  -- filters read these instead of whole rows
CREATE INDEX photos_by_place ON photos (place);
CREATE INDEX photos_by_licence ON photos (licence);
CREATE INDEX photos_by_source ON photos (source);
CREATE INDEX photos_by_time ON photos (substr(coalesce(taken_at, published_at), 1, 10));

CREATE TABLE tags (
    photo      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    origin     TEXT NOT NULL,
    confidence REAL,
    PRIMARY KEY (photo, name, origin)
) WITHOUT ROWID;
CREATE INDEX tags_by_name ON tags (name, photo);

CREATE TABLE colours (
    photo     INTEGER NOT NULL,
    rank      INTEGER NOT NULL,
    hex       TEXT NOT NULL,
    share     REAL NOT NULL,
    lightness REAL NOT NULL,  -- CIE L*a*b*, so that a colour filter is plain arithmetic
    a         REAL NOT NULL,
    b         REAL NOT NULL,
    chroma    REAL NOT NULL,
    PRIMARY KEY (photo, rank)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5 (
    title, description, tags, photographer, place,
    tokenize = "porter unicode61 remove_diacritics 2"
);

-- One encoder with certain weights. Vectors of different spaces are never compared.
CREATE TABLE spaces (
    id          INTEGER PRIMARY KEY,
    encoder     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,  -- empty for vectors that came from elsewhere with no more than the encoder's name
    dimensions  INTEGER NOT NULL,
    UNIQUE (encoder, fingerprint)
);

-- A removed photo leaves a row without a vector, so that other processes that read by revision notice.
CREATE TABLE vectors (
    photo    INTEGER NOT NULL,
    space    INTEGER NOT NULL REFERENCES spaces (id),
    revision INTEGER NOT NULL,
    vector   BLOB,              -- little-endian float16
    PRIMARY KEY (space, photo)
) WITHOUT ROWID;
CREATE INDEX vectors_by_revision ON vectors (space, revision);

-- What the words of the vocabulary score in this library; derived, and dropped whenever it does not fit any more.
CREATE TABLE derived (
    name  TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    data  BLOB NOT NULL
) WITHOUT ROWID;
