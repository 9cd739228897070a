"""The whole demo as its user sees it: real processes, a real browser, and services that go away.

One demo serves all tests of a run. Outages last a few seconds; `SOAK=1` makes them half a minute.
"""
