"""One soak from the first process to the last proof, within the house that stands already."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config.soak import company, house, parts, proving, settling, watching
from config.soak.changes import Ledger, Source
from config.soak.killing import Kill, Killing
from config.soak.load import Load
from config.soak.meddling import ROWS, Meddling
from config.soak.order import Order
from config.soak.sending import Sending
from config.soak.watching import Seen, Watching
from crm.kit.clock import now
from segments.models import MembershipChange, Run

READY = 600.0  # a new machine compiles the engine first
CALMING, QUIET, SWEPT = 90.0, 300.0, 130.0
SLOWEST = 20
CALM = 3.0  # a task is begun long before that
Say = Callable[[str], None]


class NotReady(RuntimeError):
    """The product did not come up; the sentence says what is missing."""


def drive(order: Order, say: Say) -> dict[str, Any]:
    """Everything measured and proved. Whatever ends it, no part of the product is left running."""
    port = _free_port()
    environment = house.environment(order)
    keeper = parts.Keeper(
        [
            parts.Part(name, command, environment, order.logs / f"{name}.log", Path(settings.BASE_DIR))
            for name, command in parts.commands(order, port).items()
        ]
    )
    try:
        keeper.start("broker")
        call_command("migrate", verbosity=0)
        say(f"making {order.contacts:,} contacts")
        made = company.make(contacts=order.contacts, seed=order.seed, at=now())
        keeper.start()
        _wait_ready(port, say)
        run = _Soak(order, keeper, made, port)
        run.carry_out(say)
        say("proving")
        run.wrong += run.meddling.take_imports()
        found = run.told()
        found["proofs"] = [asdict(proof) for proof in _proofs(run)]
        return found
    finally:
        keeper.stop()
        connection.close()


class _Soak:
    """Everybody who takes part: who sends, who looks, who kills, who meddles, who measures the machine."""

    def __init__(self, order: Order, keeper: parts.Keeper, made: company.Made, port: int) -> None:
        self.order, self.keeper, self.made = order, keeper, made
        self.source, self.ledger = Source(made.contacts, order.seed), Ledger()
        self.watch = Watching(self.source, made.segments)
        self.sending = Sending(
            self.source,
            self.ledger,
            port=port,
            tokens=made.tokens,
            rate=order.rate,
            accepted=self.watch.accepted,
        )
        self.killing = Killing(order, keeper)
        rows = min(ROWS, int(order.rate * order.seconds / 20))
        self.meddling = Meddling(
            self.source,
            self.ledger,
            seed=order.seed,
            seconds=order.seconds,
            rows=rows,
            edit_every=order.edit_every,
        )
        self.load = keeper.load = Load(cluster=order.cluster)
        self.sweep: Run | None = None
        self.wrong: list[str] = []

    def carry_out(self, say: Say) -> None:
        """Send, kill and meddle for the time asked for; then let it come to rest. Nobody is at work afterwards."""
        order = self.order
        try:
            say(f"sending {order.rate:g} changes a second for {order.seconds:g} s, {order.kills} kills")
            for one in (self.load, self.watch, self.sending, self.killing, self.meddling):
                one.start()
            self.began = time.monotonic()
            self.sending.keep_rate(order.seconds)
            self.sent_for = time.monotonic() - self.began
            self.accepted = len(self.ledger.accepted)
            self.load.stop()
            self.killing.finish()
            for one in (self.killing, self.meddling):
                one.stop()
            self.sending.finish(CALMING)
            say("waiting until nothing is left to do")
            left = settling.quiet(QUIET)
            self.wrong += [f"{name}: {number:,} after {QUIET:.0f} s" for name, number in left.items()]
            settling.swept(now(), SWEPT)
            self.keeper.retire("beat")  # no sweep begins after that one; its own events are sent
            settling.quiet(CALMING, calm=CALM, wake=True)
            self.sweep = settling.newest_sweep()
            if overdue := self.watch.overdue():
                numbers = [change.number for change in overdue][:5]
                self.wrong.append(f"{len(overdue)} canaries never moved: {numbers}")
        finally:
            for one in (self.killing, self.meddling, self.sending, self.watch, self.load):
                one.stop()
            self.late = self.keeper.stop()

    def told(self) -> dict[str, Any]:
        """Everything measured."""
        sending, ledger, kills = self.sending, self.ledger, self.killing.kills
        quiet = watching.calm(self.watch.seen, [kill.at for kill in kills])
        calm = set(quiet)
        disturbed = [one for one in self.watch.seen if one not in calm]
        return {
            "order": asdict(self.order),
            "sent": {
                "seconds": round(self.sent_for, 1),
                "accepted": self.accepted,
                "a_second": round(self.accepted / self.sent_for, 1),
                "requests": ledger.requests,
                "replayed": ledger.replayed,
                "from_files": sum(map(len, self.meddling.imports.values())),
                "longest_queue": sending.longest_queue,
                "never_sent": sending.never_sent,
                "sent_again": dict(ledger.hindrances),
                "processor_seconds": self.load.found(),
            },
            "latency": watching.percentiles(one.seconds for one in self.watch.seen),
            "latency_calm": watching.percentiles(one.seconds for one in quiet),
            "latency_disturbed": watching.percentiles(one.seconds for one in disturbed),
            "latency_by_victim": _by_victim(disturbed, kills),
            "slowest": [
                {"accepted": round(one.accepted - self.began, 1), "seconds": round(one.seconds, 2)}
                for one in sorted(self.watch.seen, key=lambda one: -one.seconds)[:SLOWEST]
            ],
            "late_exits": watching.percentiles(self.watch.late),
            "meddled": {**self.meddling.done, "while a run was at work": self.meddling.during_runs},
            "kills": [asdict(kill) | {"at": round(kill.at - self.began, 1)} for kill in kills],
            "kills_failed": self.killing.failed,
            "starts": {
                part.name: part.starts for part in [*self.keeper.parts.values(), *self.keeper.retired]
            },
            "killed_at_the_end": self.late,
            "logs": _trouble(self.order),
            "runs": _runs(),
        }


def _proofs(run: _Soak) -> list[proving.Proof]:
    rest = proving.Proof("It came to rest by itself, and each canary moved", "all", run.wrong)
    there = proving.changes_there(run.ledger, run.made.contacts)
    if run.sweep is None:
        rest.wrong.append(f"no whole sweep ended within {SWEPT:.0f} s of rest")
        return [rest, there, proving.log_replays()]
    return [
        rest,
        proving.same_instant(run.sweep),
        proving.against_judge(run.sweep.as_of),
        proving.log_replays(),
        proving.sizes_true(),
        there,
        proving.at_rest(),
    ]


def _by_victim(disturbed: list[Seen], kills: list[Kill]) -> dict[str, dict[str, float]]:
    """Spans by what was killed last before they were seen."""
    spans: dict[str, list[float]] = {}
    for one in disturbed:
        before = [kill for kill in kills if kill.at <= one.seen]
        if before:
            spans.setdefault(before[-1].what.strip("0123456789 "), []).append(one.seconds)
    return {what: watching.percentiles(some) for what, some in sorted(spans.items())}


def _runs() -> dict[str, Any]:
    """What the runs did, by kind and outcome; and what the log says of causes."""
    told: Counter[str] = Counter()
    seconds: dict[str, list[float]] = {}
    for kind, state, phases in Run.objects.order_by("kind", "pk").values_list("kind", "state", "seconds"):
        told[f"{kind} {state}"] += 1
        if state == Run.DONE:
            seconds.setdefault(kind, []).append(sum(phases.values()))
            for phase, spent in phases.items():
                seconds.setdefault(f"{kind}, {phase}", []).append(spent)
    causes = Counter(MembershipChange.objects.values_list("cause", flat=True).iterator(chunk_size=20_000))
    errors = Run.objects.filter(state=Run.FAILED).order_by("-pk").values_list("error", flat=True)
    return {
        "outcomes": dict(sorted(told.items())),
        "seconds": {kind: watching.percentiles(spans) for kind, spans in seconds.items()},
        "log_by_cause": dict(causes),
        "errors": [error[:200] for error in errors[:5]],
    }


def _trouble(order: Order) -> dict[str, dict[str, int]]:
    """The last lines of tracebacks in what the parts wrote, by part and how often."""
    found = {}
    for path in sorted(order.logs.glob("*.log")):
        told: Counter[str] = Counter()
        inside = False
        with path.open(errors="replace") as lines:
            for line in lines:
                if line.startswith("Traceback"):
                    inside = True
                elif inside and line.strip() and not line.startswith((" ", "\t")):
                    told[line.strip()[:160]] += 1
                    inside = False
        if told:
            found[path.stem] = dict(told.most_common(6))
    return found


def _wait_ready(port: int, say: Say) -> None:
    """Until the web answers and every segment was judged once."""
    began = time.monotonic()
    while not _answers(port):
        if time.monotonic() - began > READY:
            raise NotReady(f"The web did not answer within {READY:.0f} s.")
        time.sleep(0.2)
    say(f"the web answers after {time.monotonic() - began:.1f} s; judging everybody for the first time")
    if left := settling.quiet(READY):
        raise NotReady(f"Not done after {READY:.0f} s: {left}.")
    say(f"ready after {time.monotonic() - began:.1f} s")


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=3) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
