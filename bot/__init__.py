"""Everything that a person touches: the command line here, and the chats."""
