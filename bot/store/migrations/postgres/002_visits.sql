-- The web chat: who is logged in, and what was said.

CREATE TABLE sessions (
    id         text PRIMARY KEY,     -- SHA-256 of the cookie: who reads this table can't log in with it
    person     text NOT NULL,
    expires_at double precision NOT NULL         -- seconds since 1970
);

CREATE TABLE entries (
    n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person  text NOT NULL,           -- whose conversation it stands in; "" for what was posted to everybody
    data    text NOT NULL,           -- JSON, as the page draws it
    made_at double precision NOT NULL
);
CREATE INDEX entries_by_person ON entries (person, n);
