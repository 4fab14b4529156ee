"""`manage.py reconcile`: members and mirror against a full fresh reading of the database."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.running.reconciling import reconcile


class Command(BaseCommand):
    help = (
        "Compare every segment's members and the mirror with a fresh evaluation of the whole database. What differs is "
        "mended in a logged run. Exit status 1 where anything differed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patience", type=float, default=120, help="seconds to wait for a run at work")

    def handle(self, *args: Any, patience: float, **options: Any) -> None:
        deadline = time.monotonic() + patience
        while (found := reconcile(clock=now, worker=this_worker())) is None:
            if time.monotonic() > deadline:
                raise CommandError(f"Another run is at work for {patience:.0f} s: try again later.")
            time.sleep(1)
        self.stdout.write(
            f"Compared {found.memberships:,} memberships of {found.segments:,} segments with a fresh evaluation of "
            f"{found.run.contacts:,} customers, as of {found.run.as_of:%d %B %Y, %H:%M:%S} UTC."
        )
        if found.left_out:
            self.stdout.write(f"{found.left_out:,} customers changed meanwhile and were left out.")
        for drift in found.drifts:
            self.stdout.write(drift.sentence())
        if found.drifts:
            self.stdout.write(f"Mended by run {found.run.pk}; the log names the cause ‘reconcile’.")
            sys.exit(1)
        self.stdout.write("No difference.")
