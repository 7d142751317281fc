-- The web chat: who is logged in, and what was said.

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,     -- SHA-256 of the cookie: who reads this file can't log in with it
    person     TEXT NOT NULL,
    expires_at REAL NOT NULL         -- seconds since 1970
) WITHOUT ROWID;

CREATE TABLE entries (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    person  TEXT NOT NULL,           -- whose conversation it stands in; "" for what was posted to everybody
    data    TEXT NOT NULL,           -- JSON, as the page draws it
    made_at REAL NOT NULL
);
CREATE INDEX entries_by_person ON entries (person, n);
