"""Where a soak happens: a folder, a database and a broker of its own, put up and taken down."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from config import embedded
from config.bench import cluster
from config.demo import standing
from config.soak.order import MARK, Order

OWN, SQLITE = "own", "sqlite"
# A small machine's PostgreSQL, durable: what was accepted must outlive a crash of the database.
SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "2GB",
    "max_connections": "60",
}


@contextmanager
def stood_up(order: Order, *, keep: bool = False) -> Iterator[Order]:
    """The order with its folder, database and broker named; all of it is gone afterwards, unless `keep`.

    `order.database` is ‘own’, ‘sqlite’ or the URL of an empty PostgreSQL database. Raises `cluster.NoCluster`.
    """
    folder = Path(tempfile.mkdtemp(prefix="facet-soak-"))
    folder.chmod(0o711)  # PostgreSQL's own user passes through to its socket
    with ExitStack() as stack:
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for name in ("data", "logs"):
            (folder / name).mkdir()
        standing_on = replace(order, folder=str(folder))
        if order.database == OWN:
            socket = stack.enter_context(cluster.running(folder / "pg", SETTINGS))
            standing_on = replace(
                standing_on, database=cluster.database(socket, "facet_soak"), cluster=str(socket)
            )
        elif order.database == SQLITE:
            standing_on = replace(standing_on, database=f"sqlite:///{folder / 'data' / 'facet.sqlite3'}")
        redis = os.environ.get("REDIS_URL", "")
        if not redis and (binary := _broker(order.database)):
            redis = embedded.broker_url(folder / "data")
            standing_on = replace(standing_on, broker=str(binary))
        yield replace(standing_on, redis=redis)


def _broker(database: str) -> Path | None:
    """A Redis of the machine beside PostgreSQL; else, and beside SQLite, the one Facet brings along."""
    found = shutil.which("redis-server")
    if found and database != SQLITE:
        return Path(found)
    return embedded.server_binary()


def environment(order: Order, *, driver: bool = False) -> dict[str, str]:
    """What a process of the house is told; the driver's connections carry a name, so that its own are not killed."""
    url = order.database
    if driver and url.startswith("postgres"):
        url += f"{'&' if '?' in url else '?'}application_name={MARK}"
    kept = standing.child_environment(order.data)
    return kept | {"DATABASE_URL": url, "REDIS_URL": order.redis, "DJANGO_SETTINGS_MODULE": "config.settings"}
