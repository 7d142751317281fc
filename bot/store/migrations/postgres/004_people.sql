-- The web chat: what people there are called, as they say themselves.

CREATE TABLE people (
    person text PRIMARY KEY,
    name   text NOT NULL
);
