"""Prints the exact count of a rule document over the live data."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.kit.clock import now
from crm.queries.accounts import account_zone
from segments.engine.language import moments
from segments.engine.language.refusals import Refused
from segments.queries.building.counting import count


class Command(BaseCommand):
    help = "Prints the exact count of a rule document over the live data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="a rule document or a portable segment file"
        )
        parser.add_argument(
            "--as-of", metavar="INSTANT", help="ISO 8601; in the account's zone where it has none"
        )
        parser.add_argument("--nodes", action="store_true", help="print JSON with the count at every node")

    def handle(self, *args: Any, file: Path, as_of: str | None, nodes: bool, **options: Any) -> None:
        try:
            document = json.loads(file.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{file}: {error}") from error
        if isinstance(document, dict) and "facet" in document:
            document = {"version": 1, "rule": document.get("rule")}
        elif isinstance(document, dict) and "rule" not in document and "version" not in document:
            document = {"version": 1, "rule": document}
        try:
            counted = count(document, as_of=_moment(as_of), rebuild=True)
        except Refused as refused:
            for problem in refused.problems:
                self.stderr.write(f"{problem.path or '/'}: {problem.sentence}")
            sys.exit(2)
        if nodes:
            shown = {
                "count": counted.count,
                "total": counted.total,
                "nodes": counted.nodes,
                "as_of": counted.as_of.isoformat(),
            }
            self.stdout.write(json.dumps(shown, ensure_ascii=False))
        else:
            self.stdout.write(str(counted.count))


def _moment(text: str | None) -> Any:
    if text is None:
        return now()
    zone = account_zone()
    day, instant = moments.read_moment(text, zone)
    if instant is None:
        if day is None:
            raise CommandError(f"‘{text}’ is no instant: write it as 2026-03-14T12:00:00Z.")
        instant = moments.start_of_day(day, zone)
    return moments.to_datetime(instant)
