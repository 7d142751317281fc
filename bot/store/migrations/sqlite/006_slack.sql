-- Slack: the workspaces that it was added to, and installations that somebody has begun.

CREATE TABLE slack_teams (
    team         TEXT PRIMARY KEY,     -- a workspace of Slack, by its id
    installed_at REAL NOT NULL,        -- seconds since 1970; tells one installation from a later one
    sealed       TEXT NOT NULL         -- tokens and all else, encrypted with a key that is not in this file
) WITHOUT ROWID;

CREATE TABLE slack_states (
    id         TEXT PRIMARY KEY,       -- SHA-256 of the state: who reads this file can finish nobody's installation
    expires_at REAL NOT NULL           -- seconds since 1970
) WITHOUT ROWID;
