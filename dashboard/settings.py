"""Django settings. What can be set from outside is declared in `dashboard.env`."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from dashboard import env
from dashboard.logs import logging_config

ENV = env.load()
BASE_DIR = Path(__file__).resolve().parent.parent
BASE_URL = urlsplit(ENV["HIGHWATER_BASE_URL"])
IS_HTTPS = BASE_URL.scheme == "https"
ORIGIN = f"{BASE_URL.scheme}://{BASE_URL.netloc}"
TESTING = "pytest" in sys.modules

SECRET_KEY = ENV["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = [BASE_URL.hostname, "127.0.0.1", "localhost"] if BASE_URL.hostname else []
CSRF_TRUSTED_ORIGINS = [ORIGIN]
ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "csp",
    "ninja",
    "monitor",
    "dashboard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dashboard.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.outage.LoginOrOutageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(ENV["DATABASE_URL"], conn_max_age=0)}
# A host that swallows packets would otherwise hold each request for two minutes.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# Nor may one that vanishes hold a worker's thread for the two hours of the system's default.
DATABASES["default"]["OPTIONS"] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    **DATABASES["default"]["OPTIONS"],
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
CSRF_FAILURE_VIEW = "dashboard.failures.csrf_failure"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes ask the process, not the proxy
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # Pub/sub is not divided by database number, so the number becomes part of the prefix.
        "CONFIG": {
            "hosts": [ENV["REDIS_URL"]],
            "prefix": f"highwater{urlsplit(ENV['REDIS_URL']).path.strip('/')}",
        },
    }
}

LOGGING = logging_config(ENV["HIGHWATER_LOG_LEVEL"], ENV["HIGHWATER_LOG_FORMAT"])

HIGHWATER_BASE_URL = ENV["HIGHWATER_BASE_URL"]
HIGHWATER_BIND = ENV["HIGHWATER_BIND"]
HIGHWATER_KAFKA = ENV["HIGHWATER_KAFKA"]
HIGHWATER_DEMO_OUTBOX = ENV["HIGHWATER_DEMO_OUTBOX"]
HIGHWATER_SAMPLE_INTERVAL = ENV["HIGHWATER_SAMPLE_INTERVAL"]
HIGHWATER_MOST_INTERVAL = ENV["HIGHWATER_MOST_INTERVAL"]
HIGHWATER_STATUS_TICKS = ENV["HIGHWATER_STATUS_TICKS"]
HIGHWATER_ABANDONED_AFTER_HOURS = ENV["HIGHWATER_ABANDONED_AFTER_HOURS"]
HIGHWATER_KEEP_OPEN_HOURS = ENV["HIGHWATER_KEEP_OPEN_HOURS"]
HIGHWATER_KEEP_BLOCKS_DAYS = ENV["HIGHWATER_KEEP_BLOCKS_DAYS"]
HIGHWATER_KEEP_SUMMARIES_DAYS = ENV["HIGHWATER_KEEP_SUMMARIES_DAYS"]
HIGHWATER_KEEP_HISTORY_DAYS = ENV["HIGHWATER_KEEP_HISTORY_DAYS"]
HIGHWATER_SECRETS_DIR = ENV["HIGHWATER_SECRETS_DIR"]
HIGHWATER_METRICS_PER_PARTITION = ENV["HIGHWATER_METRICS_PER_PARTITION"]
HIGHWATER_METRICS_MAX_PARTITIONS = ENV["HIGHWATER_METRICS_MAX_PARTITIONS"]
OTEL_EXPORTER_OTLP_ENDPOINT = ENV["OTEL_EXPORTER_OTLP_ENDPOINT"]
REDIS_URL = ENV["REDIS_URL"]
