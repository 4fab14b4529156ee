"""`manage.py soak_part`: the driver of `manage.py soak`, in a process that stands on the soak's own database."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.soak import driving
from config.soak.judging import JudgeFailed
from config.soak.order import read
from crm.kit.clock import now


class Command(BaseCommand):
    help = "The driver of ‘manage.py soak’, which calls this; not meant to be called by hand."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--order", required=True, help="sizes and so on, as JSON")
        parser.add_argument("--into", type=Path, required=True, help="the file for the answer")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            found = driving.drive(read(options["order"]), self._say)
        except (driving.NotReady, JudgeFailed) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            sys.exit(130)
        options["into"].write_text(json.dumps(found, default=str))

    def _say(self, words: str) -> None:
        self.stdout.write(f"{now().astimezone():%H:%M:%S} {words}")
        self.stdout.flush()
