"""A project of somebody else's. It knows the package by the name under which it was installed or copied."""

import os
from pathlib import Path

PACKAGE = os.environ["PACKAGE"]

SECRET_KEY = "a key of the foreign project, long enough for HS256"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_simplejwt",
    "rest_framework_simplejwt.token_blacklist",
    PACKAGE,
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path.cwd() / "foreign.sqlite3",
        "OPTIONS": {"init_command": "PRAGMA synchronous=OFF"},
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

WS_AUTH = {
    "STRATEGIES": {"querystring": {}, "subprotocol": {}, "first_message": {}, "cookie": {}, "header": {}},
    "BACKENDS": {
        "authtoken": {},
        "simplejwt": {},
        "stateless": {"CLASS": "simplejwt", "OPTIONS": {"stateless": True}},
        "session": {},
    },
    "POLICY": {"ORIGINS": ["https://foreign.example"], "DEADLINE": 0.7},
}
