"""HTTP to a server that is asked itself, whatever proxy the environment names.

Needs neither Django nor a server's package: Locust's visitors import it.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.request import ProxyHandler, build_opener

_OPENER = build_opener(ProxyHandler({}))
"""`urlopen` obeys `http_proxy`: what it brings back may be another server's."""


def asked(url: str, timeout: float) -> Any:
    """The JSON of its answer. Raises `OSError`, `HTTPException`, or `ValueError` for what is no JSON."""
    with _OPENER.open(url, timeout=timeout) as answer:
        return json.load(answer)
