-- The web chat: what people there are called, as they say themselves.

CREATE TABLE people (
    person TEXT PRIMARY KEY,
    name   TEXT NOT NULL
) WITHOUT ROWID;
