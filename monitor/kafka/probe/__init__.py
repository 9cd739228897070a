"""Tests a connection step by step, so that people learn which one fails and what to do.

It reads only, shows no secret, and ends in about ten seconds whatever a broker does.
"""
