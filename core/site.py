"""nginx's site for the cluster: the documented example, on loopback.

Rule: nothing is added here that the example lacks. What runs in the tests is what the documents show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from .services.ports import HOST
from .services.service import address

EXAMPLE = Path("docs/examples/nginx.conf")
PUBLIC = re.compile(r".*# public\n")
"""Lines that make no sense on loopback: TLS, limits per address."""

_UPSTREAM = re.compile(r"    server 127\.0\.0\.1:800\d;\n")


def site(port: int, upstreams: Iterable[int], static: Path, logs: Path) -> str:
    text = PUBLIC.sub("", (settings.BASE_DIR / EXAMPLE).read_text())
    servers = "".join(f"    server {address(upstream)};\n" for upstream in upstreams)
    first, *others = _UPSTREAM.findall(text)
    for other in others:
        text = text.replace(other, "")
    for documented, ours in (
        (first, servers),
        ("server_name app.example;", f"listen {HOST}:{port} backlog=4096;"),
        ("/srv/wsauth/static/", f"{static}/"),
        ("/var/log/nginx/wsauth.log", str(logs / "requests.log")),
        ("/var/log/nginx/wsauth-error.log", str(logs / "errors.log")),
    ):
        if documented not in text:
            raise LookupError(f"{EXAMPLE} has no {documented!r} any more")
        text = text.replace(documented, ours)
    return text
