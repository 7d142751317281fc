"""The chat in Discord: turns its events into requests, and replies into its messages."""
