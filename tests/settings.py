"""The product's settings, plus the tables of the toolkit and of the shop, each a service's own."""

import os

from dashboard.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "highwater_events", "demo.shop"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SHOP_EVENTS_PER_SECOND = 50.0
SHOP_PREFIX = ""
SHOP_SEARCH_STAYS_AWAY = False

# A migration would make rows of these; tests make their own.
HIGHWATER_KAFKA = HIGHWATER_DEMO_OUTBOX = ""

HIGHWATER_EVENTS = {
    "SOURCE": "/tests",
    "BOOTSTRAP_SERVERS": os.environ.get("HIGHWATER_KAFKA", "127.0.0.1:9092"),
}
