-- Slack: the workspaces that it was added to, and installations that somebody has begun.

CREATE TABLE slack_teams (
    team         text PRIMARY KEY,     -- a workspace of Slack, by its id
    installed_at double precision NOT NULL,        -- seconds since 1970; tells one installation from a later one
    sealed       text NOT NULL         -- tokens and all else, encrypted with a key that is not in this database
);

CREATE TABLE slack_states (
    id         text PRIMARY KEY,       -- SHA-256 of the state: who reads this table can finish nobody's installation
    expires_at double precision NOT NULL           -- seconds since 1970
);
