"""`manage.py cleartickets`: deletes the one-time tickets that are long over. Safe to run at any time, from cron too.

Minting does the same, a batch at a time, so a project needs this only after many tickets were made and then none.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ...backends.ticket import clear


class Command(BaseCommand):
    help = "Deletes one-time tickets that are long over, used or not."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        while deleted := clear():
            total += deleted
        self.stdout.write(f"{total} deleted.")
