"""Whether Facet lives and can work, for whoever runs it: JSON, without signing in, in bounded time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import monotonic

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import heartbeat
from config.relay import unknown_events
from crm.kit.clock import now
from crm.kit.figures import counted, duration
from crm.models import OutboxEvent
from segments.mirror import store
from segments.queries.running.troubles import unwritable

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 3.0
WORKER_SILENCE = timedelta(seconds=60)
SCHEDULE_SILENCE = timedelta(minutes=5)
OUTBOX_WAIT = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """What one check found: `ok`, `warning` (works, look at it) or `failing`, and a sentence."""

    state: str
    sentence: str


def check_database(at: datetime) -> Check:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check("ok", "The database answers.")


def check_broker(at: datetime) -> Check:
    """The broker takes a connection."""
    with current_app.connection_for_write(connect_timeout=PATIENCE_SECONDS / 2) as link:
        link.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=PATIENCE_SECONDS / 2)
    return Check("ok", "The broker answers.")


def check_worker(at: datetime) -> Check:
    """A worker gave a sign of life within a minute."""
    found = _sign_of_life(heartbeat.WORKER, at, WORKER_SILENCE)
    return found or Check("failing", "No worker was seen lately: start ‘celery -A config worker’.")


def check_schedule(at: datetime) -> Check:
    """The periodic sweep ran; it is late when beat is away or every slot of the workers is busy."""
    found = _sign_of_life(heartbeat.SCHEDULE, at, SCHEDULE_SILENCE)
    return found or Check("warning", "The periodic sweep did not run lately: start ‘celery -A config beat’.")


def _sign_of_life(sign: str, at: datetime, silence: timedelta) -> Check | None:
    seen = heartbeat.last(sign)
    if seen is None or at - seen > silence:
        return None
    return Check("ok", f"Last seen {duration(at - seen)} ago.")


def check_outbox(at: datetime) -> Check:
    """Events do not wait long, and each is known."""
    waiting = OutboxEvent.objects.filter(sent_at__isnull=True)
    oldest = waiting.order_by("id").values_list("created_at", flat=True).first()
    if oldest is None:
        return Check("ok", "No event waits.")
    unknown = unknown_events()
    if unknown:
        return Check("failing", f"Events nobody knows wait: {', '.join(unknown)}.")
    length = counted(waiting.count(), "event")
    age = at - oldest
    sentence = f"{length} waiting, the oldest for {duration(age)}."
    return Check("failing" if age > OUTBOX_WAIT else "ok", sentence)


def check_mirror(at: datetime) -> Check:
    """How old the snapshot is that segments are judged on, and whether it can be written; members are true anyway."""
    said = unwritable()
    if said:
        return Check("warning", said)
    generation = store.newest()
    if generation is None:
        return Check("warning", "There is no snapshot of the customers yet: the first recompute makes one.")
    age = duration(at - generation.built_at)
    return Check(
        "ok", f"{counted(generation.contacts, 'customer')}, read {age} ago; later changes are patched in."
    )


# Those that ask another process may hang, so each gets a thread of its own and at most three seconds.
REMOTE: dict[str, Callable[[datetime], Check]] = {
    "broker": check_broker,
    "worker": check_worker,
    "schedule": check_schedule,
}
LOCAL: dict[str, Callable[[datetime], Check]] = {
    "database": check_database,
    "outbox": check_outbox,
    "mirror": check_mirror,
}


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"state": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 if Facet can work, 503 with the reason if not."""
    checks = run_checks(now())
    fine = all(check.state != "failing" for check in checks.values())
    body = {
        "state": "ok" if fine else "failing",
        "page": request.build_absolute_uri(reverse("operations")),
        "checks": {name: asdict(check) for name, check in checks.items()},
    }
    return JsonResponse(body, status=200 if fine else 503)


def run_checks(at: datetime) -> dict[str, Check]:
    """Every check, together within about three seconds, whatever does not answer."""
    threads = ThreadPoolExecutor(len(REMOTE), thread_name_prefix="health")
    deadline = monotonic() + PATIENCE_SECONDS
    running = {name: threads.submit(_checked, check, at) for name, check in REMOTE.items()}
    found = {name: _checked(check, at) for name, check in LOCAL.items()}
    for name, future in running.items():
        try:
            found[name] = future.result(timeout=max(0.0, deadline - monotonic()))
        except TookTooLong:
            found[name] = Check("failing", f"No answer within {PATIENCE_SECONDS:.0f} seconds.")
    threads.shutdown(wait=False, cancel_futures=True)
    return found


def _checked(check: Callable[[datetime], Check], at: datetime) -> Check:
    try:
        return check(at)
    except Exception as error:  # whatever broke: the check says so instead of failing itself
        log.warning("A health check failed", exc_info=error)
        return Check("failing", f"No answer ({type(error).__name__}).")
