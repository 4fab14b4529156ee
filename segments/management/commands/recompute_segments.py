"""Brings every segment's members up to now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.running.recomputing import recompute


class Command(BaseCommand):
    help = "Brings every segment's members up to now, and prints what changed."

    def handle(self, *args: Any, **options: Any) -> None:
        run = recompute(cause="command", as_of=now, worker=this_worker())
        if run is None:
            self.stdout.write("Another run is at work; it, or the next, brings the segments up to date.")
            return
        seconds = ", ".join(f"{phase} {spent:.2f} s" for phase, spent in run.seconds.items())
        self.stdout.write(
            f"{run.segments} segments over {run.contacts:,} customers: "
            f"{run.entered:,} in, {run.left:,} out ({seconds})."
        )
