"""`manage.py soak`: the product under changes while its processes are killed, and the proof that nothing was lost."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.bench.cluster import NoCluster, binaries
from config.soak import house, report
from config.soak.killing import WEIGHTS
from config.soak.meddling import EDITED_EVERY
from config.soak.order import Order

MANAGE = Path(settings.BASE_DIR) / "manage.py"


class Command(BaseCommand):
    help = (
        "Send changes for minutes while processes are killed at random; then prove that all is as it must be."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--minutes", type=float, default=10)
        parser.add_argument("--rate", type=float, default=500, help="changes a second")
        parser.add_argument("--kills", type=int, default=50)
        parser.add_argument("--contacts", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--edit-every", type=float, default=EDITED_EVERY, help="seconds from one saved rule to the next"
        )
        parser.add_argument(
            "--database",
            default="",
            help=f"‘{house.OWN}’ (a PostgreSQL started for this; the default where the machine has one), "
            f"‘{house.SQLITE}’, or the URL of an empty PostgreSQL database",
        )
        parser.add_argument(
            "--victims",
            nargs="+",
            choices=WEIGHTS,
            default=[],
            help="kill only these; else everything there is",
        )
        parser.add_argument("--json", type=Path, help="write everything measured to this file")
        parser.add_argument("--keep", action="store_true", help="keep the folder with its data and logs")

    def handle(self, *args: Any, **options: Any) -> None:
        if (
            options["minutes"] <= 0
            or options["rate"] < 1
            or options["kills"] < 0
            or options["contacts"] < 100
            or options["edit_every"] <= 0
        ):
            raise CommandError("Give at least 100 contacts, a rate of 1, no negative kills, and some time.")
        order = Order(
            **{
                name: options[name] for name in ("minutes", "rate", "kills", "contacts", "seed", "edit_every")
            },
            folder="",
            database=options["database"] or _default(),
            redis="",
            victims=tuple(options["victims"]),
        )
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
        try:
            with house.stood_up(order, keep=options["keep"]) as standing:
                if options["keep"]:
                    self.stdout.write(f"The folder is {standing.folder}.")
                found = self._drive(standing)
        except NoCluster as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing is left running.", returncode=130) from None
        self.stdout.write("\n".join(["", *report.lines(found), ""]))
        if options["json"]:
            options["json"].write_text(json.dumps(found, indent=1, ensure_ascii=False, default=str))
        if wrong := report.violations(found):
            raise CommandError(f"{len(wrong)} things are not as they must be, see above.")

    def _drive(self, order: Order) -> dict[str, Any]:
        """Drive it from a process that stands on the house's own database; a Ctrl-C lets that process clear up."""
        answer = Path(order.folder) / "answer.json"
        command = [sys.executable, str(MANAGE), "soak_part", "--order", order.text(), "--into", str(answer)]
        driver = subprocess.Popen(command, env=house.environment(order, driver=True), start_new_session=True)
        try:
            code = driver.wait()
        except KeyboardInterrupt:
            driver.send_signal(signal.SIGINT)
            driver.wait()
            raise
        if code or not answer.exists():
            raise CommandError(f"The soak itself failed (exit status {code}), see above.")
        return dict(json.loads(answer.read_text()))


def _default() -> str:
    try:
        binaries()
    except NoCluster:
        return house.SQLITE
    return house.OWN
