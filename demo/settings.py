"""Django settings of the shop: no pages, only tables and commands."""

import secrets

import dj_database_url

from demo import env

ENV = env.load()

SECRET_KEY = secrets.token_urlsafe(50)  # nothing is signed: there are no sessions and no forms
INSTALLED_APPS = ["highwater_events", "demo.shop"]
DATABASES = {
    # The commands live long; checked connections survive a restart of the database.
    "default": dj_database_url.parse(ENV.database_url, conn_max_age=600, conn_health_checks=True)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True

SHOP_EVENTS_PER_SECOND = ENV.events_per_second
SHOP_PREFIX = ENV.prefix  # of topics and groups, so that two shops can share a cluster
SHOP_SEARCH_STAYS_AWAY = ENV.search_stays_away

HIGHWATER_EVENTS = {
    "BOOTSTRAP_SERVERS": ENV.bootstrap_servers,
    "SOURCE": "/demo/shop",
    "TOPICS": {
        "order": f"{ENV.prefix}orders",
        "payment": f"{ENV.prefix}payments",
        "customer": f"{ENV.prefix}customers",
    },
    "CONSUMERS": {
        "billing": "demo.shop.consumers.billing.spec",
        "shipping": "demo.shop.consumers.shipping.spec",
        "search": "demo.shop.consumers.search.spec",
        "fraud": "demo.shop.consumers.fraud.spec",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
