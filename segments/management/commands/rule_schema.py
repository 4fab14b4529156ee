"""Prints the JSON Schema of rule documents, or of portable segment files."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from segments.engine.language.schema import document_schema, file_schema


class Command(BaseCommand):
    help = "Prints the JSON Schema (2020-12) of rule documents; with --file, that of portable segment files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", action="store_true", help="the schema of portable segment files")

    def handle(self, *args: Any, file: bool, **options: Any) -> None:
        schema = file_schema() if file else document_schema()
        self.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False))
