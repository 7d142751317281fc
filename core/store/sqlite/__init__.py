"""A library's store in one SQLite file beside its thumbnails: for one machine, with nothing to install or to run."""
