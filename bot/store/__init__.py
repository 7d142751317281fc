"""What the bot keeps between restarts, in one SQLite file beside the libraries; all of the bot's SQL is here."""
