"""The periodic jobs, in one table. A new job is one row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from celery.schedules import crontab, schedule


@dataclass(frozen=True)
class Job:
    """A task sent periodically. `every` is a span, or a time of day in UTC.

    A job that waited longer than its span is dropped: the next one does its work.
    """

    name: str
    task: str
    every: timedelta | crontab
    arguments: dict[str, Any] = field(default_factory=dict)


JOBS = (
    Job("relay sweep", "config.relay_outbox", timedelta(seconds=10)),
    Job("judge changed", "segments.judge_changed", timedelta(seconds=5)),
    Job("compact mirror", "segments.compact_mirror", timedelta(seconds=15)),
    Job("recompute", "segments.recompute_segments", timedelta(seconds=60), {"cause": "time"}),
    Job("overdue", "segments.recompute_segments", timedelta(seconds=5), {"cause": "overdue"}),
    Job("reconcile", "segments.reconcile", crontab(hour="2", minute="40")),
    Job("alerts", "crm.raise_alerts", timedelta(seconds=60)),
    Job("duplicates", "crm.find_duplicates", crontab(hour="3", minute="20")),
    Job("merges too old to undo", "crm.forget_merges", crontab(hour="3", minute="10")),
    Job("resume imports", "crm.resume_imports", timedelta(seconds=60)),
    Job("measure goals", "campaigns.measure_goals", timedelta(hours=1)),
    Job("measure goals at night", "campaigns.measure_goals", crontab(hour="0", minute="20")),
    Job("months of interactions", "crm.tend_months", crontab(hour="0", minute="10")),
    Job("sentences", "segments.retell_sentences", timedelta(minutes=30)),
    Job("old runs", "segments.clean_runs", timedelta(hours=6)),
    Job("outbox clean-up", "config.clean_outbox", timedelta(days=1)),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The table as Celery beat wants it."""
    entries = {}
    for job in JOBS:
        rolling = isinstance(job.every, timedelta)
        span = job.every.total_seconds() if isinstance(job.every, timedelta) else 3600
        entries[job.name] = {
            "task": job.task,
            "schedule": schedule(job.every) if rolling else job.every,
            "kwargs": job.arguments,
            "options": {"expires": span},
        }
    return entries
