"""`manage.py benchmark_part NAME`: one part of `manage.py benchmark`, in a process of its own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from config.bench import browsing, churn, databases, pages, serving, sweeping
from config.bench.order import read

ALONE = {
    "make": sweeping.make,
    "sweep": sweeping.measure,
    "quarter": sweeping.quarter,
    "serve": serving.measure,
    "browse": browsing.measure,
    "churn": churn.measure,
}
COMPARED = {
    "duckdb": databases.duckdb,
    "fill": databases.fill,
    "mirror": databases.mirror,
    "peers": databases.peers,
    "pages": pages.measure,
}


class Command(BaseCommand):
    help = "One part of ‘manage.py benchmark’, which calls this; not meant to be called by hand."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("part", choices=[*ALONE, *COMPARED])
        parser.add_argument("--order", required=True, help="sizes and so on, as JSON")
        parser.add_argument("--members", type=Path, help="a file with the size of each segment")
        parser.add_argument("--into", type=Path, required=True, help="the file for the answer")

    def handle(self, *args: Any, **options: Any) -> None:
        order = read(options["order"])
        if options["part"] in ALONE:
            answer = ALONE[options["part"]](order)
        else:
            answer = COMPARED[options["part"]](order, json.loads(options["members"].read_text()))
        options["into"].write_text(json.dumps(answer))
