"""The sampling tick of a cluster: claim, read, judge, store, tell.

`evaluate`, `moments`, `reading`, `reason`, `rows`, `timelag`, `totals` and `windows` decide and are
pure; `collect` puts them to work. Correctness never depends on which process runs a tick.
"""
