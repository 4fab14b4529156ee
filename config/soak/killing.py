"""Kills at random moments: a process of the product, the broker, the database's connections, the database itself."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from django.db import Error, connection

from config.bench import cluster
from config.soak.house import SETTINGS
from config.soak.order import MARK, Order
from config.soak.parts import Keeper

CONNECTIONS, DATABASE = "connections", "database"
WEIGHTS = {"web": 3, "worker": 4, "quick": 3, "spare": 2, "beat": 2, "broker": 2, CONNECTIONS: 3, DATABASE: 1}
AGAIN = 0.3  # seconds until what was not there is tried again
FIRST, LAST = 3.0, 5.0  # seconds left alone at the beginning and the end
PATIENCE = 60.0  # for what is to be killed to be there again, and after the end for the kills that are left


@dataclass(frozen=True)
class Kill:
    """What was killed, and when on the monotonic clock."""

    at: float
    victim: str
    what: str


class Killing:
    """Carries out `order.kills` kills within the run."""

    def __init__(self, order: Order, keeper: Keeper) -> None:
        self.order, self.keeper = order, keeper
        self.random = Random(order.seed + 1)  # noqa: S311 - the same seed kills the same
        self.kills: list[Kill] = []
        self.failed: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="killing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Carry out what is left of the kills, those that waited for what they kill to stand again."""
        self._thread.join(PATIENCE)

    def stop(self) -> None:
        """Kill no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def victims(self) -> list[str]:
        """What can be killed here; each kind at least once where there are kills enough, then at random."""
        there = [name for name in self.keeper.parts if name in WEIGHTS]
        if self.order.database.startswith("postgres"):
            there.append(CONNECTIONS)
        if self.order.cluster:
            there.append(DATABASE)
        there = [name for name in there if name in self.order.victims or not self.order.victims]
        if not there:
            self.failed.append(f"{', '.join(self.order.victims)}: not here to be killed")
            return []
        each = there if self.order.kills >= len(there) else self.random.sample(there, self.order.kills)
        more = self.random.choices(there, [WEIGHTS[name] for name in there], k=self.order.kills - len(each))
        return self.random.sample([*each, *more], self.order.kills)

    def _work(self) -> None:
        began = time.monotonic()
        span = max(1.0, self.order.seconds - FIRST - LAST)
        moments = sorted(FIRST + self.random.random() * span for _ in range(self.order.kills))
        for moment, victim in zip(moments, self.victims(), strict=False):
            if self._stopping.wait(max(0.0, began + moment - time.monotonic())):
                self.failed.append(f"{victim}: time was up")
            else:
                self._carry_out(victim)
        connection.close()

    def _carry_out(self, victim: str) -> None:
        """Kill it, again and again where it is not there to be killed: a database that is starting, say."""
        deadline = time.monotonic() + PATIENCE
        said = "it was not there"
        while time.monotonic() < deadline:
            try:
                what = self._kill(victim)
            except (Error, cluster.NoCluster) as error:
                connection.close()
                said = str(error).strip()
                what = ""
            if what:
                self.kills.append(Kill(time.monotonic(), victim, what))
                return
            if self._stopping.wait(AGAIN):
                break
        self.failed.append(f"{victim}: {said}")

    def _kill(self, victim: str) -> str:
        """Says what was killed; nothing where there was nothing."""
        if victim == DATABASE:
            cluster.restart(Path(self.order.cluster), SETTINGS)
            return "the database, restarted without a farewell"
        if victim == CONNECTIONS:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND backend_type = 'client backend' AND application_name <> %s",
                    [MARK],
                )
                number = cursor.fetchone()[0]
                return f"{number} database connections" if number else ""
        return self.keeper.kill(victim, self.random)
