"""How Facet itself is, for the programs that watch it: the figures of the operations page as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.operations.state import QUEUES, State, Waiting, current_state, summary
from crm.api.documenting import ERRORS
from crm.api.view import ApiView, read_query
from crm.kit.clock import now
from segments.models import Run
from segments.queries.running.runs import run_page


class TroubleOut(serializers.Serializer):
    """One thing that is wrong and must be mended."""

    key = serializers.CharField(help_text="Names it as long as it lasts.")
    title = serializers.CharField()
    text = serializers.CharField(help_text="Why, and how to mend it.")
    severe = serializers.BooleanField()


class QueueOut(serializers.Serializer):
    """One queue of the broker."""

    name = serializers.CharField()
    waiting = serializers.IntegerField(allow_null=True, help_text="Tasks. Null: the broker does not answer.")


class WaitingOut(serializers.Serializer):
    """What waits in the database."""

    waiting = serializers.IntegerField()
    more = serializers.BooleanField(help_text="There are more than counted.")
    oldest_seconds = serializers.FloatField(allow_null=True)


class MirrorOut(serializers.Serializer):
    """The columns segments are judged on."""

    age_seconds = serializers.FloatField(help_text="Of the whole; what changed since stands in patches.")
    generation = serializers.IntegerField()
    patch = serializers.IntegerField()
    contacts = serializers.IntegerField()
    interactions = serializers.IntegerField()
    files = serializers.IntegerField()
    bytes = serializers.IntegerField()
    preparing = serializers.BooleanField()


class WorkerOut(serializers.Serializer):
    """A worker process as it last said."""

    name = serializers.CharField()
    heard_seconds = serializers.FloatField(help_text="So long ago it gave a sign of life.")
    queues = serializers.CharField()
    doing = serializers.ListField(child=serializers.CharField())
    silent = serializers.BooleanField()


class RunOut(serializers.Serializer):
    """One evaluation of segments."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="sweep, rule, quick or reconcile.")
    cause = serializers.CharField()
    state = serializers.CharField(help_text="running, done, failed or abandoned.")
    as_of = serializers.DateTimeField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    segments = serializers.IntegerField()
    failing = serializers.IntegerField(help_text="Segments that could not be evaluated.")
    contacts = serializers.IntegerField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    seconds = serializers.DictField(child=serializers.FloatField(), help_text="By phase.")
    error = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class ComparedOut(serializers.Serializer):
    """The last comparison of mirror and members with a full fresh evaluation."""

    at = serializers.DateTimeField()
    drift = serializers.BooleanField(help_text="True: something differed, and was mended in a logged run.")


class OperationsOut(serializers.Serializer):
    """Everything at one instant."""

    at = serializers.DateTimeField()
    well = serializers.BooleanField(help_text="Nothing is wrong.")
    summary = serializers.CharField()
    troubles = TroubleOut(many=True)
    queues = QueueOut(many=True)
    outbox = WaitingOut(help_text="Events that no worker was sent yet.")
    changes = WaitingOut(help_text="Changed contacts that are not judged yet.")
    mirror = MirrorOut(allow_null=True, help_text="Null: there is none yet.")
    workers = WorkerOut(many=True)
    schedule_seconds = serializers.FloatField(
        allow_null=True, help_text="So long ago the schedule gave a sign of life. Null: never."
    )
    compared = ComparedOut(allow_null=True)
    failing_segments = serializers.ListField(
        child=serializers.CharField(),
        help_text="Slugs of segments that keep their last good members; at most 50.",
    )
    runs = RunOut(many=True)


class OperationsQuery(serializers.Serializer):
    """How much of the past."""

    runs = serializers.IntegerField(
        required=False, default=25, min_value=0, max_value=100, help_text="So many of the newest runs."
    )


EXAMPLE = {
    "at": "2026-11-22T12:00:00Z",
    "well": True,
    "summary": "Everything works.",
    "troubles": [],
    "queues": [{"name": "quick", "waiting": 0}, {"name": "celery", "waiting": 1}],
    "outbox": {"waiting": 0, "more": False, "oldest_seconds": None},
    "changes": {"waiting": 2, "more": False, "oldest_seconds": 0.3},
    "mirror": {
        "age_seconds": 512.0,
        "generation": 3,
        "patch": 1204,
        "contacts": 1000000,
        "interactions": 20000000,
        "files": 6,
        "bytes": 1204224000,
        "preparing": False,
    },
    "workers": [
        {"name": "quick@host", "heard_seconds": 1.2, "queues": "quick", "doing": [], "silent": False}
    ],
    "schedule_seconds": 3.1,
    "compared": {"at": "2026-11-22T02:41:10Z", "drift": False},
    "failing_segments": [],
    "runs": [],
}


class Operations(ApiView):
    """GET /operations"""

    scopes: ClassVar = {"GET": "operations:read"}

    @extend_schema(
        operation_id="operations",
        tags=["Operations"],
        summary="Read how Facet itself is",
        description="What the operations page shows: what is wrong, what waits, the mirror, the workers, the newest "
        "runs. Cheap enough to be asked each ten seconds; /health/ready answers without a token.",
        parameters=[OperationsQuery],
        responses={200: OperationsOut, **ERRORS},
        examples=[OpenApiExample("Well", value=EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        query = read_query(OperationsQuery, request)
        state = current_state(now())
        runs = run_page(size=query["runs"]).rows if query["runs"] else []
        return Response(shaped(state) | {"runs": [_run(run) for run in runs]})


def shaped(state: State) -> dict[str, Any]:
    """The state as JSON, without its runs."""
    return {
        "at": state.at,
        "well": state.well,
        "summary": summary(state),
        "troubles": [
            {"key": one.key, "title": one.title, "text": one.text, "severe": one.severe}
            for one in state.troubles
        ],
        "queues": [
            {"name": name, "waiting": waiting}
            for name, (_, waiting) in zip(QUEUES, state.queues, strict=True)
        ],
        "outbox": _waiting(state.outbox),
        "changes": _waiting(state.touches),
        "mirror": {
            "age_seconds": _seconds(state.mirror.age),
            **{
                name: getattr(state.mirror, name)
                for name in ("generation", "patch", "contacts", "interactions", "files", "bytes", "preparing")
            },
        }
        if state.mirror
        else None,
        "workers": [
            {
                "name": worker.name,
                "heard_seconds": _seconds(worker.age),
                "queues": worker.queues,
                "doing": list(worker.doing),
                "silent": worker.silent,
            }
            for worker in state.workers
        ],
        "schedule_seconds": _seconds(state.schedule),
        "compared": {"at": state.reconciled.started_at, "drift": state.drift} if state.reconciled else None,
        "failing_segments": [segment.slug for segment in state.red],
    }


def _waiting(one: Waiting) -> dict[str, Any]:
    return {"waiting": one.number, "more": one.more, "oldest_seconds": _seconds(one.age)}


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 3)


def _run(run: Run) -> dict[str, Any]:
    names = (
        "kind",
        "cause",
        "state",
        "as_of",
        "started_at",
        "finished_at",
        "segments",
        "failing",
        "contacts",
    )
    return {"id": run.pk} | {
        name: getattr(run, name) for name in (*names, "entered", "left", "seconds", "error", "note")
    }
