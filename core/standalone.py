"""The lab in one process, static files included, for `manage.py serve`.

For the lab only: Django reads the files from their source folders at each request, whatever DEBUG says.
In production a web server or a CDN does this, and `core.asgi` is what the ASGI server runs.
"""

from typing import Any, cast

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from . import asgi, collector

application = ASGIStaticFilesHandler(cast(Any, asgi.application))
collector.relax()
