"""Settings: every one with its default, from files and the environment, typed and frozen."""
