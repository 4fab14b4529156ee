"""The Celery app: workers, their heartbeat, and the periodic jobs of `config/schedule.py`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, bootsteps
from celery.signals import celeryd_after_setup, worker_ready
from celery.worker import state

from config import heartbeat, transport
from config.schedule import beat_schedule
from crm.kit.processes import give_way

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HEARTBEAT_SECONDS = 10.0
QUICK = "quick"
AT_FIRST: tuple[tuple[str, dict[str, Any]], ...] = (
    ("segments.judge_changed", {}),
    ("config.relay_outbox", {}),
    ("segments.recompute_segments", {"cause": "overdue"}),
    ("crm.resume_imports", {}),
)

transport.use()
app = Celery("facet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm", "segments", "campaigns", "config"])
app.conf.beat_schedule = beat_schedule()


@celeryd_after_setup.connect
def let_others_go_first(instance: Any, **_: Any) -> None:
    """A worker that does not serve the quick queue has its processes wait for pages, API and the quick path."""
    if QUICK not in instance.app.amqp.queues.consume_from:
        give_way()


@worker_ready.connect
def look_what_waits(sender: Any, **_: Any) -> None:
    """A worker that begins does at once what one that died may have left: its messages are kept for that one."""
    queues = sender.app.amqp.queues.consume_from
    for task, arguments in AT_FIRST:
        if str(sender.app.amqp.router.route({}, task)["queue"].name) in queues:
            sender.app.send_task(task, kwargs=arguments, retry=False)


class Heartbeat(bootsteps.StartStopStep):
    """Notes every ten seconds, in the worker's own process, that it lives, also while every slot is busy."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        self._beat(parent)
        self.entry = parent.timer.call_repeatedly(HEARTBEAT_SECONDS, self._beat, (parent,))

    def stop(self, parent: Any) -> None:
        if self.entry is not None:
            self.entry.cancel()

    def _beat(self, parent: Any) -> None:
        queues = app.amqp.queues.consume_from
        doing = [request.name for request in list(state.active_requests)]
        heartbeat.beat(str(parent.hostname), list(queues), doing)


app.steps["worker"].add(Heartbeat)
