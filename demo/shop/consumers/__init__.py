"""The four consumers; each writes to its own table only, and notes each event in the inbox."""
