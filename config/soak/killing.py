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
WEIGHTS = {"web": 3, "worker": 4, "quick": 4, "beat": 2, "broker": 2, CONNECTIONS: 3, DATABASE: 1}
FIRST, LAST = 3.0, 5.0  # seconds left alone at the beginning and the end


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
        each = there if self.order.kills >= len(there) else self.random.sample(there, self.order.kills)
        more = self.random.choices(there, [WEIGHTS[name] for name in there], k=self.order.kills - len(each))
        return self.random.sample([*each, *more], self.order.kills)

    def _work(self) -> None:
        began = time.monotonic()
        span = max(1.0, self.order.seconds - FIRST - LAST)
        moments = sorted(FIRST + self.random.random() * span for _ in range(self.order.kills))
        for moment, victim in zip(moments, self.victims(), strict=True):
            if self._stopping.wait(max(0.0, began + moment - time.monotonic())):
                break
            try:
                what = self._kill(victim)
            except (Error, cluster.NoCluster) as error:
                connection.close()
                self.failed.append(f"{victim}: {error}")
            else:
                self.kills.append(Kill(time.monotonic(), victim, what))
        connection.close()

    def _kill(self, victim: str) -> str:
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
                return f"{cursor.fetchone()[0]} database connections"
        return self.keeper.kill(victim, self.random)
