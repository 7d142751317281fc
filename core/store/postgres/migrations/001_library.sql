-- All libraries of an installation. `library` comes first in every key and every index, and no constraint reaches beyond
-- one library: so each of these tables can be partitioned by it, or distributed by it with Citus, as it stands.

-- One row for each library. Who writes to a library updates its row first and so waits for whoever writes before: numbers
-- and revisions are given and committed in one order, and no reader who has seen the last misses an earlier one.
CREATE TABLE libraries (
    library  text COLLATE "C" PRIMARY KEY,
    photos   bigint  NOT NULL DEFAULT 0,  -- the last n that was given; none is given again
    spaces   integer NOT NULL DEFAULT 0,  -- the last id of a space
    revision bigint  NOT NULL DEFAULT 0,  -- the last revision of vectors
    version  bigint  NOT NULL DEFAULT 0   -- grows with every transaction
) WITH (fillfactor = 50);

CREATE TABLE facts (
    library text COLLATE "C" NOT NULL,
    name    text COLLATE "C" NOT NULL,
    value   text NOT NULL,
    PRIMARY KEY (library, name)
);

CREATE TABLE photos (
    library               text COLLATE "C" NOT NULL,
    n                     bigint NOT NULL,
    id                    text COLLATE "C" NOT NULL,
    key                   text COLLATE "C" NOT NULL,
    record_hash           text NOT NULL,
    file_size             bigint,
    file_mtime_ns         bigint,
    source                text COLLATE "C" NOT NULL,
    photographer_name     text COLLATE "C",
    photographer_username text COLLATE "C",
    photographer_url      text,
    title                 text,
    description           text,
    place                 text COLLATE "C",
    width                 integer,
    height                integer,
    average_colour        text,
    phash                 bigint,
    content_hash          text COLLATE "C",
    alike                 bigint,
    licence               text COLLATE "C",
    page_url              text,
    image_url             text,
    download_url          text,
    path                  text,
    taken_at              text COLLATE "C",  -- ISO 8601
    published_at          text COLLATE "C",
    imported_at           text COLLATE "C" NOT NULL,
    PRIMARY KEY (library, n)
);
CREATE UNIQUE INDEX photos_by_id ON photos (library, lower(id));
CREATE UNIQUE INDEX photos_by_key ON photos (library, key);
CREATE INDEX photos_by_content ON photos (library, content_hash);
CREATE INDEX photos_by_photographer ON photos (library, photographer_name);
CREATE INDEX photos_by_alike ON photos (library, alike);
CREATE INDEX photos_by_size ON photos (library, width, height);
CREATE INDEX photos_by_place ON photos (library, place);
CREATE INDEX photos_by_licence ON photos (library, licence);
CREATE INDEX photos_by_source ON photos (library, source);
CREATE INDEX photos_by_time ON photos (library, substr(coalesce(taken_at, published_at), 1, 10));

CREATE TABLE tags (
    library    text COLLATE "C" NOT NULL,
    photo      bigint NOT NULL,
    name       text COLLATE "C" NOT NULL,
    origin     text COLLATE "C" NOT NULL,
    confidence double precision,
    PRIMARY KEY (library, photo, name, origin)
);
CREATE INDEX tags_by_name ON tags (library, name, photo);

CREATE TABLE colours (
    library   text COLLATE "C" NOT NULL,
    photo     bigint NOT NULL,
    rank      integer NOT NULL,
    hex       text NOT NULL,
    share     double precision NOT NULL,
    lightness double precision NOT NULL,  -- CIE L*a*b*
    a         double precision NOT NULL,
    b         double precision NOT NULL,
    chroma    double precision NOT NULL,
    PRIMARY KEY (library, photo, rank)
);

-- Words as SQLite's FTS5 takes them: Porter's stems, no stop words. Accents are folded before they come here.
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, LANGUAGE = porter);
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR
    asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart,
    int, uint, float, sfloat, version WITH stems;

-- A GIN index can't begin with a text unless an extension helps, which not every server has: so the library is a lexeme
-- of its own (`/library`, which no text yields), and asked for together with the words.
CREATE TABLE words (
    library text COLLATE "C" NOT NULL,
    photo   bigint NOT NULL,
    words   tsvector NOT NULL,
    PRIMARY KEY (library, photo)
);
CREATE INDEX words_by_lexeme ON words USING gin (words);

CREATE TABLE spaces (
    library     text COLLATE "C" NOT NULL,
    id          integer NOT NULL,
    encoder     text NOT NULL,
    fingerprint text NOT NULL,
    dimensions  integer NOT NULL,
    PRIMARY KEY (library, id),
    UNIQUE (library, encoder, fingerprint)
);

-- Of whatever dimension. pgvector's index wants one dimension and knows no first column, so a large space of a library
-- gets an index of its own (`near.py`): of its rows and its dimension alone. Nobody else's photos stand in its graph,
-- where they would be met on the way and cost recall, and small libraries pay for none.
CREATE TABLE vectors (
    library  text COLLATE "C" NOT NULL,
    space    integer NOT NULL,
    photo    bigint NOT NULL,
    revision bigint NOT NULL,
    vector   halfvec,             -- NULL: the photo was removed
    PRIMARY KEY (library, space, photo)
);
ALTER TABLE vectors ALTER COLUMN vector SET STORAGE MAIN;  -- beside the rest of the row, where a scan finds it
CREATE INDEX vectors_by_revision ON vectors (library, space, revision);

CREATE TABLE derived (
    library text COLLATE "C" NOT NULL,
    name    text COLLATE "C" NOT NULL,
    stamp   text NOT NULL,
    data    bytea NOT NULL,
    PRIMARY KEY (library, name)
);

CREATE TABLE boards (
    library    text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL,
    name       text NOT NULL,
    key        text COLLATE "C" NOT NULL,  -- the name, folded
    channel    text COLLATE "C",
    pins       integer NOT NULL,
    archived   boolean NOT NULL,
    deleted    boolean NOT NULL,
    made_at    text COLLATE "C" NOT NULL,  -- ISO 8601
    changed_at text COLLATE "C" NOT NULL,
    PRIMARY KEY (library, id)
);
CREATE UNIQUE INDEX boards_by_name ON boards (library, key) WHERE NOT deleted;
CREATE INDEX boards_by_channel ON boards (library, channel, changed_at);
CREATE INDEX boards_by_time ON boards (library, changed_at);

CREATE TABLE board_changes (
    library     text COLLATE "C" NOT NULL,
    board       text COLLATE "C" NOT NULL,
    revision    bigint NOT NULL,   -- from 1, without gaps
    at          text COLLATE "C" NOT NULL,
    author      text NOT NULL,
    author_name text NOT NULL,
    kind        text NOT NULL,
    data        text NOT NULL,     -- JSON
    side        text NOT NULL DEFAULT '',
    PRIMARY KEY (library, board, revision)
);
