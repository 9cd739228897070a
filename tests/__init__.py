"""Mirrors the packages, plus `contracts/`, `acceptance/` and `browser/`.

Services come from the environment (`DATABASE_URL`, `REDIS_URL`, `HIGHWATER_KAFKA`); `make test`
starts embedded ones and sets it.
"""
