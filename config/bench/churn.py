"""Members written: the first build of every segment, then sweeps in which one of 200 memberships changes.

Through the product's own sweep: judged, compared, rows and log written, event out, in an empty database of its own. The
customers are those of the made population; the tables of customers and interactions are not needed and stay empty.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config.bench import rules
from config.bench.order import Order
from config.bench.population import AS_OF
from config.bench.timing import MIB, Measurement, peak_mib, timed, with_cpu
from crm.kit import checkpoints
from segments.actions.running.recomputing import recompute
from segments.mirror import roster
from segments.models import Membership, MembershipChange, MirrorState, Run, Segment

CHURN = 0.005
TABLES = (Membership, MembershipChange)
FIRST_STEP = timedelta(hours=1)


def measure(order: Order) -> dict[str, Any]:
    """First build and sweeps with churn, the sizes of tables and indexes, and whether rows and verdicts agree."""
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    _link(order)
    documents = rules.segments(order.segments)
    Segment.objects.bulk_create(
        [Segment(slug=slug, name=slug, rule={"version": 1, "rule": rule}) for slug, rule in documents.items()]
    )
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    built = Measurement(f"first build to {name}", [])
    with_cpu(lambda: _run(0, built), built)
    members = Membership.objects.count()
    built.told = (
        f"{members:,} memberships of {order.segments} segments; {_phases([built.figures.pop('last')])}"
    )
    built.figures |= {"peak_mib": peak_mib(), "sizes": _sizes()}
    _settle()
    swept = Measurement(f"sweep with churn to {name}", [])
    began, since = perf_counter(), timedelta()
    phases, changed, carried = list[Run](), list[int](), list[float]()
    step = FIRST_STEP
    for number in range(order.runs + 1):
        if number > 1 and perf_counter() - began > order.patience:
            break
        since += step
        one = swept if number else Measurement("warm", [])
        with_cpu(lambda: _run(since.total_seconds(), one), one)  # noqa: B023
        last = one.figures.pop("last")
        carried.append(timed(_rest)[0])
        moved = max(last.entered + last.left, 1)
        if number:
            phases.append(last)
            changed.append(moved)
        step = max(step * (CHURN * members / moved), timedelta(minutes=1)) if not number else step
    middle = int(median(changed)) if changed else 0
    swept.told = f"{middle:,} changes ({middle / max(members, 1):.2%} of {members:,}); {_phases(phases)}"
    if connection.vendor == "sqlite":
        swept.told += f"; beside it the log carried over, {median(carried):.1f} s more"
    swept.figures |= {"changed": changed}
    return {"measurements": [built.as_json(), swept.as_json()], "checks": [_check()]}


def _link(order: Order) -> None:
    """The made population as this data folder's mirror."""
    folder = Path(settings.MIRROR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("members-*"), *folder.glob("gen-*")]:
        old.unlink()
    for generation in (order.folder / "mirror").glob("gen-*"):
        (folder / generation.name).symlink_to(generation, target_is_directory=True)


def _run(after: float, one: Measurement) -> None:
    run = recompute(
        cause="schedule", as_of=lambda: AS_OF + timedelta(seconds=after), worker="bench", rebuild=False
    )
    if run is None:
        raise RuntimeError("Another run is at work in this database.")
    one.figures["last"] = run


def _rest() -> None:
    """What the minute between sweeps is enough for: SQLite's log carried over."""
    for thread in threading.enumerate():
        if thread.name == checkpoints.NAME:
            thread.join()


def _phases(runs: list[Run]) -> str:
    names = runs[0].seconds if runs else ()
    told = ", ".join(f"{name} {median(run.seconds[name] for run in runs):.2f}" for name in names)
    return f"{told} s"


def _settle() -> None:
    """What autovacuum does in the hours after a first build."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in TABLES:
                cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
            cursor.execute("CHECKPOINT")


def _sizes() -> str:
    """How big tables and indexes are, in MiB; SQLite only tells of the whole file."""
    found: dict[str, float] = {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in TABLES:
                table = model._meta.db_table
                cursor.execute("SELECT pg_table_size(%s), pg_indexes_size(%s)", [table, table])
                found[table], found[f"its indexes{' ' * len(found)}"] = cursor.fetchone()
        else:
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
            cursor.execute("PRAGMA page_size")
            found["database file"] = pages * cursor.fetchone()[0]
    found["packed members"] = sum(path.stat().st_size for path in Path(settings.MIRROR_DIR).glob("members-*"))
    return ", ".join(f"{name.strip()} {size / MIB:,.0f} MiB" for name, size in found.items())


def _check() -> dict[str, Any]:
    """The rows of each segment against the packed members, which the last sweep compared with its verdicts."""
    state = MirrorState.objects.current()
    keys = {segment.pk: segment for segment in Segment.objects.all()}
    packed = roster.load(state.packed)
    rows, _ = roster.known("", state.log, keys)
    wrong = (
        [] if packed and packed.log == state.log else ["the packed members are not those of the last sweep"]
    )
    for key, segment in keys.items():
        held = rows.members(key)
        if packed is None or held.tolist() != packed.members(key).tolist() or segment.size != len(held):
            wrong.append(segment.slug)
    return {"what": "rows, sizes and packed members of every segment", "compared": len(keys), "wrong": wrong}
