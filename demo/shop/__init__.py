"""The shop: an order service that publishes, and four consumers that each keep a table of theirs.

The parts meet in events only, as services of their own would, though they share one database here.
"""
