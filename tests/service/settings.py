"""Settings of the service; what differs from test to test comes from the environment."""

import os

import dj_database_url

SECRET_KEY = "a-service-of-tests-without-sessions-or-forms-needs-no-better-one"
INSTALLED_APPS = ["highwater_events"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
USE_TZ = True

HIGHWATER_EVENTS = {
    "SOURCE": "/tests/service",
    "BOOTSTRAP_SERVERS": os.environ["HIGHWATER_KAFKA"],
    "LEASE_SECONDS": 2,
    "BATCH": 100,
}

LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
