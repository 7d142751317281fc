-- Who does what alone, where several processes share this database; and what was done once already.

CREATE TABLE leases (
    name   text PRIMARY KEY,
    holder text NOT NULL,
    until  double precision NOT NULL  -- seconds since 1970; later it is anybody's
);
