"""How long a log-out takes to end the sockets that it concerns, on every process: `manage.py kick`.

The clock starts before the log-out is asked for and stops at each socket's close frame, so the request itself is
in the figure. It must have been told `auth.revoked` and 4410 before.
"""
