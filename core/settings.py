"""The lab's settings. Everything that differs between two machines comes from the environment.

- `DEBUG`: true (the lab on loopback, the default) or false.
- `SECRET_KEY`: 32 bytes or more; required when DEBUG is off.
- `ALLOWED_HOSTS`: comma list; default: this machine's own names.
- `DATABASE_URL`: default: `db.sqlite3` beside `manage.py`.
- `REDIS_URL`: channel layer and cache of several processes; default: in memory, for one process.
- `STATIC_ROOT`: where `collectstatic` puts the files that a web server serves; default: `build/static`.
- `WSAUTH_ORIGINS`: comma list of the pages that may connect; default with DEBUG: this machine, port 8000.
- `WSAUTH_REFUSE`: `handshake` (an HTTP status, the default) or `close` (a close code that a page can read).
- `WSAUTH_DEADLINE`: seconds that a client has to become known after the upgrade; default 5.
- `WSAUTH_ACCESS_LIFETIME`: seconds that an access token is good for; default 300.
- `WSAUTH_EXPIRY_GRACE`: seconds that a connection outlives its credential; default 25.
- `WSAUTH_LOGIN_RATE`: logins per address and username; default `30/min`.
- `WSAUTH_TICKET_RATE`: tickets per user; default `60/min`.
- `WSAUTH_UNAUTHENTICATED`, `WSAUTH_UNAUTHENTICATED_PER_ADDRESS`: sockets that are being verified at once, of a process;
  defaults 10000 and 50, or `off`.
- `WSAUTH_CONNECTIONS_PER_USER`: live connections of one user, of a process; default 100, or `off`.
- `WSAUTH_FAILURE_RATE`: refused attempts per address; default `60/min`, or `off`.
- `WSAUTH_CONNECT_RATE`: connects per user; default `120/min`, or `off`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from . import databases, environment

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("DEBUG", default=True)
SECRET_KEY = environment.secret_key(
    "SECRET_KEY", development="django-insecure-for-development-only-never-in-production" if DEBUG else None
)
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
ORIGINS = environment.origins(
    "WSAUTH_ORIGINS", default=["http://localhost:8000", "http://127.0.0.1:8000"] if DEBUG else []
)
_redis_url = environment.redis_url("REDIS_URL")

INSTALLED_APPS = [
    "daphne",  # before staticfiles: its runserver speaks WebSocket
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_simplejwt",
    "rest_framework_simplejwt.token_blacklist",
    "strategies",
    "core",
    "bench",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "core.urls"
ASGI_APPLICATION = "core.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# ── storage ──────────────────────────────────────────────────────────────────────────────────

_database = environment.database_url("DATABASE_URL")
DATABASES = {"default": databases.with_options(_database) if _database else databases.sqlite(BASE_DIR / "db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
if _redis_url:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",  # less work for groups than the other one
            "CONFIG": {"hosts": [_redis_url]},
        }
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis_url}}

# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────

CORS_ALLOWED_ORIGINS = ORIGINS
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/api/"
CSRF_TRUSTED_ORIGINS = ORIGINS
# Off loopback the lab stands behind TLS; on it, plain HTTP is all there is.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG

STATIC_URL = "static/"
STATIC_ROOT = environment.folder("STATIC_ROOT", default=BASE_DIR / "build" / "static")
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "core.api.errors.answer",
    "DEFAULT_THROTTLE_RATES": {
        "login": environment.rate("WSAUTH_LOGIN_RATE", default="30/min"),
        "ticket": environment.rate("WSAUTH_TICKET_RATE", default="60/min"),
    },
    # The peer's own address counts: X-Forwarded-For is whatever a client writes into it.
    "NUM_PROXIES": 0,
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=environment.seconds("WSAUTH_ACCESS_LIFETIME", default=300.0)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}

# ── the WebSocket routes ─────────────────────────────────────────────────────────────────────

CREDENTIAL_COOKIES = {"authtoken": "wsauth_authtoken", "simplejwt": "wsauth_simplejwt"}
"""Backend → the cookie that carries its credential: set by the login API, read by the route below."""

LIMITS: dict[str, Any] = {
    "UNAUTHENTICATED": environment.unless_off("WSAUTH_UNAUTHENTICATED", environment.count, default=10_000),
    "UNAUTHENTICATED_PER_ADDRESS": environment.unless_off(
        "WSAUTH_UNAUTHENTICATED_PER_ADDRESS", environment.count, default=50
    ),
    "CONNECTIONS_PER_USER": environment.unless_off("WSAUTH_CONNECTIONS_PER_USER", environment.count, default=100),
    "FAILURES_PER_ADDRESS": environment.unless_off("WSAUTH_FAILURE_RATE", environment.rate, default="60/min"),
    "CONNECTS_PER_USER": environment.unless_off("WSAUTH_CONNECT_RATE", environment.rate, default="120/min"),
    "STORAGE": _redis_url or "memory://",
}

WS_AUTH: dict[str, Any] = {
    "STRATEGIES": {"querystring": {}, "subprotocol": {}, "first_message": {}, "cookie": {}, "header": {}},
    "BACKENDS": {
        "authtoken": {},
        "simplejwt": {},
        "simplejwt_stateless": {"CLASS": "simplejwt", "OPTIONS": {"stateless": True}},
        "session": {},
        "ticket": {},
    },
    "PAIRS": "all sensible",
    "POLICY": {
        "ORIGINS": ORIGINS,
        "DEADLINE": environment.seconds("WSAUTH_DEADLINE", default=5.0),
        "EXPIRY_GRACE": environment.seconds("WSAUTH_EXPIRY_GRACE", default=25.0),
        "REFUSE": environment.choice("WSAUTH_REFUSE", choices=("handshake", "close")),
    },
    "ROUTES": {f"cookie/{backend}": {"OPTIONS": {"cookie": name}} for backend, name in CREDENTIAL_COOKIES.items()},
    "LIMITS": LIMITS,
}
