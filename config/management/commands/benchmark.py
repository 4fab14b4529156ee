"""`manage.py benchmark`: how fast every segment is judged for everyone, beside what others take for the same."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.bench import cluster, report, showing
from config.bench.order import PEERS, Order
from config.bench.timing import machine
from crm.kit.clock import now

MANAGE = Path(settings.BASE_DIR) / "manage.py"
OWN, SQLITE = "own", "sqlite"
ELSEWHERE = {"FACET_MODE", "DATABASE_URL", "REDIS_URL", "DEBUG"}


class Command(BaseCommand):
    help = "Measure the engine on a made population, and what others take for the same."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--contacts", type=int, default=1_000_000)
        parser.add_argument("--interactions", type=int, default=20_000_000)
        parser.add_argument("--segments", type=int, default=100)
        parser.add_argument("--peers", default="limit", help=f"some of {','.join(PEERS)}; none: ''")
        parser.add_argument("--runs", type=int, default=5, help="how often each thing is done")
        parser.add_argument(
            "--patience", type=float, default=900, help="seconds after which a thing is not repeated again"
        )
        parser.add_argument(
            "--database",
            action="append",
            default=[],
            help=f"an empty database’s URL, ‘{OWN}’ (a PostgreSQL started for this) or ‘{SQLITE}’; may be repeated",
        )
        parser.add_argument("--cache", type=Path, default=settings.DATA / "bench", help="what is made once")
        parser.add_argument(
            "--churn", action="store_true", help="only how fast members are written, to each --database"
        )
        parser.add_argument(
            "--browser",
            action="store_true",
            help="only how long after an edit the builder shows its counts, in Chromium",
        )
        parser.add_argument(
            "--pages",
            action="store_true",
            help="only how long every page takes, with each --database furnished",
        )
        parser.add_argument("--no-http", action="store_true", help="leave out the rows over HTTP")
        parser.add_argument("--show", type=Path, help="only write what the peers run into this folder")
        parser.add_argument("--json", type=Path, help="write everything measured to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show"]:
            for name, text in showing.texts().items():
                (options["show"] / name).write_text(text)
            return
        order = self._order(options)
        databases: list[str] = options["database"]
        if {"postgres", "sql"} & set(order.peers) and not any(_is_postgres(name) for name in databases):
            databases = [*databases, OWN]
        found: dict[str, Any] = {
            "machine": machine(),
            "measurements": [],
            "checks": [],
            "left_out": [],
            "failed": [],
        }
        if options["browser"]:
            self._browse(order, found, databases or [OWN])
        elif options["churn"]:
            self._churn(order, found, databases or [OWN, SQLITE])
        elif options["pages"]:
            self._pages(order, found, databases or [OWN])
        else:
            self._engine(order, found)
            self._peers(order, found, databases)
        if options["browser"]:
            found["left_out"].append("everything but edits in the browser: --browser was given.")
        elif options["churn"]:
            found["left_out"].append("everything but the writing of members: --churn was given.")
        elif options["pages"]:
            found["left_out"].append("everything but pages: --pages was given.")
        elif options["no_http"]:
            found["left_out"].append("preview and why over HTTP: --no-http was given.")
        else:
            self._attempt(found, "serve", order, "preview and why over HTTP")
        found["versions"] |= {"load after": str(round(os.getloadavg()[0], 2))}
        self.stdout.write("\n".join(["", *report.lines(found)]))
        if options["json"]:
            options["json"].write_text(json.dumps(found, indent=1, ensure_ascii=False))
        wrong = [check["what"] for check in found["checks"] if check["wrong"]]
        if wrong:
            raise CommandError(f"Answers differ: {'; '.join(wrong)}. The figures above are worth nothing.")
        if found["failed"]:
            raise CommandError("\n".join(found["failed"]))

    def _order(self, options: dict[str, Any]) -> Order:
        peers = tuple(name for name in options["peers"].split(",") if name)
        if strange := set(peers) - set(PEERS):
            raise CommandError(
                f"‘{'’, ‘'.join(sorted(strange))}’ is no peer: choose from {', '.join(PEERS)}."
            )
        for name in ("contacts", "interactions", "segments", "runs"):
            if options[name] < 1:
                raise CommandError(f"--{name} must be at least 1.")
        return Order(
            contacts=options["contacts"],
            interactions=options["interactions"],
            segments=options["segments"],
            runs=options["runs"],
            patience=options["patience"],
            peers=peers,
            cache=str(options["cache"].expanduser().resolve()),
        )

    def _engine(self, order: Order, found: dict[str, Any]) -> None:
        """The rows that need no database."""
        self._made(order, found)
        self._part("make", order.quarter(), "a population with a quarter of the interactions, made once")
        swept = self._part("sweep", order, "the sweep" + " and the limit" * ("limit" in order.peers))
        self._take(found, swept)
        found["members"] = swept["members"]
        self._take(
            found, self._part("quarter", order.quarter(), "the sweep of a quarter of the interactions")
        )

    def _peers(self, order: Order, found: dict[str, Any], databases: list[str]) -> None:
        """The rows of DuckDB and of databases."""
        members = found["members"]
        if "duckdb" in order.peers:
            self._attempt(found, "duckdb", order, "DuckDB", members=members)
        asked = bool({"postgres", "sql"} & set(order.peers))
        for name in databases:
            with self._database(name, order) as (url, folder):
                filled = self._part("fill", order, f"filling {name}, once", url, members=members)
                found["versions"][f"database {name}"] = filled["server"]
                self._take(
                    found, self._part("mirror", order, f"mirror and patch from {name}", url, folder, members)
                )
                if asked and _is_postgres(name):
                    asked = False
                    self._take(
                        found, self._part("peers", order, f"the same asked of {name}", url, members=members)
                    )
        if not databases:
            found["left_out"].append("full mirror and patch: no --database was named.")

    def _made(self, order: Order, found: dict[str, Any]) -> None:
        made = self._part("make", order, "the population, made once")
        found["sizes"] = {
            "contacts": order.contacts,
            "asked_interactions": order.interactions,
            "interactions": made["interactions"],
            "segments": order.segments,
        }
        found["versions"] = _versions()

    def _browse(self, order: Order, found: dict[str, Any], databases: list[str]) -> None:
        """What a marketer waits for after an edit, on each database."""
        self._made(order, found)
        for name in databases:
            with self._database(name, order) as (url, folder):
                self._part("fill", order, f"filling {name}, once", url, members={})
                self._take(found, self._part("browse", order, f"edits in a browser, on {name}", url, folder))

    def _churn(self, order: Order, found: dict[str, Any], databases: list[str]) -> None:
        """First build and sweeps with churn, each in a database that is emptied first."""
        self._made(order, found)
        for name in databases:
            with self._database(name, order, "churn") as (url, folder):
                self._take(found, self._part("churn", order, f"members written to {name}", url, folder))

    def _pages(self, order: Order, found: dict[str, Any], databases: list[str]) -> None:
        """Every page and endpoint, in databases that have names, words, segments and a past."""
        self._made(order, found)
        for name in databases:
            with self._database(name, order, "pages") as (url, folder):
                self._part("fill", order, f"filling {name}, once", url, members={})
                words = f"furnishing {name}, once, and every page of it"
                self._take(found, self._part("pages", order, words, url, folder, members={}))

    @contextmanager
    def _database(self, name: str, order: Order, use: str = "filled") -> Iterator[tuple[str, Path]]:
        """The URL of a database and the data folder for its mirror, while it can be used."""
        with ExitStack() as stack:
            folder = order.folder / (
                f"{'from' if use == 'filled' else use}-"
                + (name if name in (OWN, SQLITE) else name.split(":", maxsplit=1)[0])
            )
            folder.mkdir(parents=True, exist_ok=True)
            if name == SQLITE:
                yield f"sqlite:///{order.folder / f'{use}.sqlite3'}", folder
            elif name == OWN:
                try:
                    socket = stack.enter_context(cluster.running(Path(order.cache) / "postgres"))
                except cluster.NoCluster as error:
                    raise CommandError(str(error)) from error
                yield (
                    cluster.database(socket, order.name if use == "filled" else f"{order.name}_{use}"),
                    folder,
                )
            else:
                yield name, folder

    def _take(self, found: dict[str, Any], answer: dict[str, Any]) -> None:
        for name in ("measurements", "checks", "left_out"):
            found[name] += answer.get(name, [])

    def _attempt(self, found: dict[str, Any], *part: Any, **more: Any) -> None:
        """A part whose failure leaves the others standing; the command fails after the report."""
        try:
            self._take(found, self._part(*part, **more))
        except CommandError as error:
            found["failed"].append(str(error))
            found["left_out"].append(f"{part[2]}: it failed, see below.")

    def _part(
        self,
        name: str,
        order: Order,
        words: str,
        url: str = "",
        folder: Path | None = None,
        members: dict[str, int] | None = None,
    ) -> dict[str, Any]:
        """What a part answers, in a process, a data folder and a database of its own."""
        self.stdout.write(f"{now().astimezone():%H:%M:%S} {words}")
        self.stdout.flush()
        environment = {key: value for key, value in os.environ.items() if key not in ELSEWHERE}
        environment |= {
            "FACET_DATA": str(folder or order.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        if url:
            environment["DATABASE_URL"] = url
        with tempfile.TemporaryDirectory() as beside:
            answer, known = Path(beside) / "answer", Path(beside) / "members"
            command = [sys.executable, str(MANAGE), "benchmark_part", name, "--order", order.text()]
            command += ["--into", str(answer)]
            if members is not None:
                known.write_text(json.dumps(members))
                command += ["--members", str(known)]
            ended = subprocess.run(command, env=environment, check=False, stderr=subprocess.PIPE, text=True)
            if ended.returncode:
                raise CommandError(f"The part ‘{words}’ failed:\n{ended.stderr.strip()[-3000:]}")
            return dict(json.loads(answer.read_text()))


def _is_postgres(name: str) -> bool:
    return name == OWN or name.startswith("postgres")


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in ("numpy", "numba", "Django", "duckdb", "psycopg", "granian"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
