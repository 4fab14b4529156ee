"""Writes docs/rules.md from the worked examples."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from segments.engine.worked import page

EXAMPLES = Path("tests/segments/engine/examples")
PAGE = Path("docs/rules.md")


class Command(BaseCommand):
    help = "Writes docs/rules.md from the worked examples in tests/segments/engine/examples."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stdout", action="store_true", help="print the page, write nothing")

    def handle(self, *args: Any, stdout: bool, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        files = sorted((root / EXAMPLES).glob("*.json"))
        text = page(json.loads(path.read_text(encoding="utf-8")) for path in files)
        if stdout:
            self.stdout.write(text, ending="")
        else:
            (root / PAGE).write_text(text, encoding="utf-8")
            self.stdout.write(f"{PAGE} was written from {len(files)} files.")
