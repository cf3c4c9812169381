#!/usr/bin/env python
"""Django's command line for the lab."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        print(f"Misconfigured: {error}", file=sys.stderr)
        sys.exit(2)  # as for a bad flag: 1 is a verdict of some commands


if __name__ == "__main__":
    main()
