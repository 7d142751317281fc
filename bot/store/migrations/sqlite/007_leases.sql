-- Who does what alone, where several processes share this database; and what was done once already.

CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  REAL NOT NULL            -- seconds since 1970; later it is anybody's
) WITHOUT ROWID;
