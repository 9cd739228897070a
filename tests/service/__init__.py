"""A service as small as can be: the toolkit's tables and commands in a database of its own."""
