"""The chat in Slack: turns its events into requests, and replies into its messages."""
