-- Slack: people are known by workspace and account, since two workspaces may have accounts of one id.

UPDATE results SET owner = 'slack:' || substr(workspace, 7) || '.' || substr(owner, 7)
WHERE workspace LIKE 'slack:%' AND owner LIKE 'slack:%';

UPDATE board_links SET joined_by = 'slack:' || substr(workspace, 7) || '.' || substr(joined_by, 7)
WHERE workspace LIKE 'slack:%' AND joined_by LIKE 'slack:%';
