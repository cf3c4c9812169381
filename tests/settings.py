"""The lab's settings as the tests and their server processes use them: with strangers, and quicker.

The strangers come in by the settings dict alone, as anybody's plug-in does. Each line of the environment
that the lab reads is still read, so that a test may start a lab of its own under other rules.
"""

import atexit
import os
import tempfile
from pathlib import Path

from core import environment
from core.settings import *  # noqa: F403
from core.settings import CREDENTIAL_COOKIES, DATABASES, LIMITS, WS_AUTH

TEST_DATABASE = "WSAUTH_TEST_DATABASE"
"""Names the running tests' database to the server processes they start."""

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_file = Path(tempfile.gettempdir()) / f"wsauth-tests-{os.getpid()}.sqlite3"


@atexit.register
def _leave_nothing() -> None:
    """Django deletes the file, but not what SQLite keeps beside it while a thread holds a connection."""
    for beside in ("-wal", "-shm"):
        Path(f"{_file}{beside}").unlink(missing_ok=True)


_default = DATABASES["default"]
if TEST_DATABASE in os.environ:
    _default = {**_default, "NAME": os.environ[TEST_DATABASE]}
elif _default["ENGINE"].endswith("sqlite3"):
    _default = {**_default, "TEST": {"NAME": str(_file)}}  # a file: server processes can't see a database in memory
DATABASES = {**DATABASES, "default": _default}

_LIMITED_BY = {
    "UNAUTHENTICATED": "WSAUTH_UNAUTHENTICATED",
    "UNAUTHENTICATED_PER_ADDRESS": "WSAUTH_UNAUTHENTICATED_PER_ADDRESS",
    "CONNECTIONS_PER_USER": "WSAUTH_CONNECTIONS_PER_USER",
    "FAILURES_PER_ADDRESS": "WSAUTH_FAILURE_RATE",
    "CONNECTS_PER_USER": "WSAUTH_CONNECT_RATE",
}
"""All attempts of a suite come from one address, and most are to fail: only what a test asks for is limited."""

_CARRIERS = ("querystring", "subprotocol", "first_message", "header")
_TOKENS = ("authtoken", "simplejwt", "simplejwt_stateless", "ticket")

WS_AUTH = {
    **WS_AUTH,
    "STRATEGIES": {**WS_AUTH["STRATEGIES"], "challenge": {"CLASS": "tests.strangers.challenge.Challenge"}},
    "BACKENDS": {
        **WS_AUTH["BACKENDS"],
        "signed": {"CLASS": "tests.strangers.signed.Signed", "OPTIONS": {"max_age": 600}},
        "shared_key": {"CLASS": "tests.strangers.shared_key.SharedKey"},
    },
    # A list, since "all sensible" can't know that an answered challenge is for one backend only.
    "PAIRS": [
        *(f"{carrier}/{token}" for carrier in _CARRIERS for token in (*_TOKENS, "signed")),
        *(f"cookie/{token}" for token in ("session", "authtoken", "simplejwt", "signed")),
        "challenge/shared_key",
    ],
    "POLICY": {
        **WS_AUTH["POLICY"],
        "ORIGINS": environment.origins("WSAUTH_ORIGINS", default=["http://app.example:8000"]),
        # The cases of silence wait for it to pass; in the others it must not, however busy the machine is.
        "DEADLINE": environment.seconds("WSAUTH_DEADLINE", default=1.5),
        # Those of open connections for these.
        "EXPIRY_GRACE": 0.5,
        "RECHECK": 1.0,
        "REFRESHES_PER_MINUTE": 4,
    },
    "ROUTES": {
        **{
            f"cookie/{backend}": {"OPTIONS": {"cookie": name}}
            for backend, name in {**CREDENTIAL_COOKIES, "signed": "signed"}.items()
        },
        "challenge/shared_key": {"POLICY": {"MAX_AGE": 6.0}},  # nothing else ends there
    },
    "LIMITS": {
        **LIMITS,
        **{limit: None for limit, variable in _LIMITED_BY.items() if not os.environ.get(variable)},
    },
}
