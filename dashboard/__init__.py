"""Project files and everything a person or a client sees. It owns no tables."""
