"""System checks: every misconfiguration of `WS_AUTH`, and doors left open, with an id, found by `manage.py check`."""

from __future__ import annotations

from typing import Any

from channels.routing import get_default_application
from django.core.checks import CheckMessage, Error, Warning, register

from . import registry
from .unguarded import unguarded

LABEL = "wsauth"


@register(LABEL)
def configuration(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """`wsauth.E001`–`E010`: what `registry` can't build."""
    return [Error(one.message, hint=one.hint or None, id=f"{LABEL}.{one.id}") for one in registry.problems()]


def _pairs() -> tuple[registry.Pair, ...]:
    """Those of a configuration that has no problems."""
    return () if registry.problems() else registry.pairs()


@register(LABEL, deploy=True)
def credentials_in_urls(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """`wsauth.W001`: access tokens must not travel in a query parameter [RFC 9700 §4.3.2]."""
    return [
        Warning(
            f"{pair.name}: the credential is part of the URL, which servers, proxies and histories keep.",
            hint="RFC 9700 §4.3.2 forbids it for access tokens; take subprotocol or first_message.",
            id=f"{LABEL}.W001",
        )
        for pair in _pairs()
        if pair.strategy.traits.in_url
    ]


@register(LABEL)
def caveats(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """`wsauth.W002`: what the project's other settings make of a backend."""
    found = {pair.backend_name: pair.backend.traits.caveat for pair in _pairs()}
    return [Warning(f"{name}: {caveat}.", id=f"{LABEL}.W002") for name, caveat in found.items() if caveat]


@register(LABEL)
def routes_without_a_gate(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """`wsauth.W003`: consumers of `ASGI_APPLICATION` that anybody reaches, as far as that can be seen."""
    try:
        found = list(unguarded(get_default_application()))
    except Exception:  # not there, or it can't be loaded: whoever serves it will say so
        return []
    return [
        Warning(
            f"{one.consumer} is behind no gate on the WebSocket route {one.route or '(any)'!r}.",
            hint="Wrap it in the `guard` of a pair, unless it is meant for everybody.",
            id=f"{LABEL}.W003",
        )
        for one in found
    ]


@register(LABEL, deploy=True)
def guessing(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """`wsauth.W004`: attempts that fail are to be limited [ASVS 5.0 6.3.1]."""
    if not any(pair.limits.failures_per_address is None for pair in _pairs()):
        return []
    hint = "Set it in LIMITS, such as '60/minute'; it needs the package 'limits', an extra."
    return [Warning("FAILURES_PER_ADDRESS is not set: nobody counts guesses.", hint=hint, id=f"{LABEL}.W004")]
