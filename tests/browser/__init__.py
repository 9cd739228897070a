"""The real web process driven by a real browser."""
