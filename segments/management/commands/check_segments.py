"""Runs the tests inside portable segment files through the production engine."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from segments.engine.portable import run_tests

LONGEST_INT = 4_000  # digits; Python reads no longer int out of text


def read(text: str) -> Any:
    """The value JSON text spells, every number exact however long."""
    return json.loads(text, parse_float=Decimal, parse_int=_whole)


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < LONGEST_INT else Decimal(digits)


class Command(BaseCommand):
    help = "Runs the tests inside portable segment files, without the database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        passed = failed = 0
        for path in files:
            try:
                outcomes = run_tests(read(path.read_text(encoding="utf-8-sig")))
            except (OSError, ValueError, RecursionError) as error:
                raise CommandError(f"{path}: {error}") from error
            for outcome in outcomes:
                passed += outcome.passed
                failed += not outcome.passed
                if not outcome.passed:
                    self.stdout.write(
                        f"{path.name}: {outcome.name}\n    expected: {outcome.expected}\n    got:      {outcome.got}"
                    )
        self.stdout.write(f"{passed} passed, {failed} failed")
        if failed:
            sys.exit(1)
