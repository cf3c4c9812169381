"""The fixed environment of a comparison: what a shell happens to hold changes no result.

The command replaces itself once by the same command in this environment. Its server inherits it, so
both load the same settings: one secret key (JSON Web Tokens are made on one side and checked on the
other), the same origins, the deadlines and limits of the default policy.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

MARK = "WSAUTH_COMPARISON"
ORIGIN = "https://app.example:8443"
"""With a port, so that "the same host on another port" is an Origin too."""


def is_fixed(environment: Mapping[str, str]) -> bool:
    """Whether this process runs in a fixed environment already."""
    return MARK in environment


def fixed(environment: Mapping[str, str]) -> dict[str, str]:
    """The given environment without the lab's own choices. Where databases and layers are stays as it is."""
    kept = {name: value for name, value in environment.items() if not name.startswith("WSAUTH_")}
    return {
        **kept,
        MARK: "1",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "WSAUTH_ORIGINS": ORIGIN,
    }
