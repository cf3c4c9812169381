"""What a server process of the lab finds in its environment, which it reads anew."""

from __future__ import annotations

import os

from django.conf import settings

from .services.ports import HOST


def environment(port: int) -> dict[str, str]:
    """This process's own, in which the pages at `port` may connect too, and the project can be imported anywhere."""
    origins = [f"http://localhost:{port}", f"http://{HOST}:{port}"]
    if os.environ.get("WSAUTH_ORIGINS"):
        origins += settings.ORIGINS
    path = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "WSAUTH_ORIGINS": ",".join(origins), "PYTHONPATH": os.pathsep.join(path)}
