"""`manage.py demo`: the whole product with the demo company, in one command, on parts that Facet brings along."""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager
from honcho.printer import Printer

from config import embedded
from config.demo import company, standing

MANAGE = Path(settings.BASE_DIR) / "manage.py"
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Run Facet with the demo company: web, worker, schedule and broker. Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data", type=Path, default=settings.DATA, help="the folder for all data")
        parser.add_argument("--fresh", action="store_true", help="throw the demo's data away and begin anew")
        parser.add_argument("--contacts", type=int, default=5_000, help="how many customers")
        parser.add_argument("--seed", type=int, default=1, help="another seed makes another company")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        data: Path = options["data"].expanduser().resolve()
        try:
            standing.refuse_port_in_use(options["port"])
            data.mkdir(parents=True, exist_ok=True)
            with standing.held(data):
                if options["fresh"]:
                    standing.clear(data)
                environment = standing.child_environment(data)
                self._prepare(data, environment, options["contacts"], options["seed"])
                ended = self._serve(data, environment, options["port"], began)
        except (standing.CannotStand, embedded.BrokerFailed, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            ended = INTERRUPTED
        # Ctrl-C is how a demo ends; anything else that ends it is an error.
        sys.exit(0 if ended == INTERRUPTED else ended or 1)

    def _prepare(self, data: Path, environment: dict[str, str], contacts: int, seed: int) -> None:
        """Migrate, and load the demo company where there is nobody yet."""
        with (
            embedded.running(data)
            if standing.brings_broker()
            else nullcontext(environment["REDIS_URL"]) as url
        ):
            if not url:
                self.stdout.write(embedded.FALLBACK)
            for name, *words in (
                ("migrate", "--verbosity=0"),
                ("load_demo", f"--contacts={contacts}", f"--seed={seed}"),
            ):
                command = [sys.executable, str(MANAGE), name, *words]
                ended = subprocess.run(
                    command, env=environment, check=False, preexec_fn=embedded.end_with_parent
                )
                if ended.returncode:
                    raise CommandError(f"‘manage.py {name}’ failed, see above. Nothing was started.")

    def _serve(self, data: Path, environment: dict[str, str], port: int, began: float) -> int | None:
        """Run the parts until one ends or Ctrl-C comes; what they ended with."""
        manager = Manager(Printer(sys.stdout))
        for name, command in standing.processes(data, port).items():
            part = manager.add_process(name, command, env=environment, cwd=str(MANAGE.parent))
            part._child_ctor = standing.Attended
        threading.Thread(target=self._greet, args=(port, data, began), daemon=True).start()
        manager.loop()
        return manager.returncode

    def _greet(self, port: int, data: Path, began: float) -> None:
        """Say where to go, once the page answers."""
        address = f"http://127.0.0.1:{port}/"
        time.sleep(0.3)
        while not page_answers(address + "sign-in/"):
            time.sleep(0.1)
        width = max(len(email) for email, _, _ in company.TEAM)
        lines = [
            "",
            f"Facet is ready at {address}  ({time.monotonic() - began:.1f} s)",
            "",
            f"Sign in with the password  {company.PASSWORD}  as",
            *(f"  {email:{width}}  {role.value}: {name}" for email, name, role in company.TEAM),
            "",
            f"The data is in {data}. Ctrl-C stops everything.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def page_answers(address: str) -> bool:
    """True if a page answers with 200."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)
    except OSError:
        return False
