"""What an API's caller is told when the database can't be asked: 503.

Else that is Django's page about an error, which prints the variables of every frame: each queryset among them asks the
database again, and waits for the pool as long as the first did.

Rule: it doesn't say what was done. A commit whose answer was lost may have been carried out, and what runs on it
(`revoke`) comes after it.
"""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

log = logging.getLogger(__name__)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """As Django REST framework's `EXCEPTION_HANDLER`."""
    if not isinstance(error, OperationalError | InterfaceError):
        return exception_handler(error, context)
    log.error("the database can't be asked", exc_info=error)
    set_rollback()  # as Django REST framework's own: under ATOMIC_REQUESTS an answer would commit
    return Response(
        {"detail": "The database can't be asked at present: try again."},
        status=status.HTTP_503_SERVICE_UNAVAILABLE,
    )
