"""What people do while changes come in: edit rules, change lists by hand, import files; most of it in a sweep."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import InterfaceError, OperationalError, connection

from config.soak.changes import Change, Ledger, Source
from config.soak.segments import EDITED, PICKED, PLACED, edited
from crm.actions.importing import preparing, starting
from crm.actions.importing.uploading import keep_upload
from crm.domain.import_plan import INTERACTIONS
from crm.models import Import, User
from segments.actions.building.saving import save_rule
from segments.actions.membership.fixed import add_people, remove_person
from segments.actions.membership.placing import place, take_back
from segments.models import Run, Segment

EVERY = 4.0
EDITED_EVERY = 30.0  # a team that tries things out saves a rule so often
IMPORTED_AT = (0.2, 0.6)  # shares of the run
ROWS = 2_000
MAPPED = tuple(f"{name}={name}" for name in ("external_id", "kind", "at", "amount", "currency", "message_id"))


class Meddling:
    """One person's work, in a thread."""

    def __init__(
        self,
        source: Source,
        ledger: Ledger,
        *,
        seed: int,
        seconds: float,
        rows: int = ROWS,
        edit_every: float = EDITED_EVERY,
    ) -> None:
        self.source, self.ledger, self.seconds, self.rows = source, ledger, seconds, rows
        self.edit_every = min(edit_every, seconds / 4)
        self.random = Random(seed + 2)  # noqa: S311 - the same seed does the same
        self.done: Counter[str] = Counter()
        self.during_runs = 0
        self.imports: dict[int, list[Change]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="meddling", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Do no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def take_imports(self) -> list[str]:
        """Count as accepted what finished imports held; sentences about those that did not finish."""
        wrong = []
        for number, changes in self.imports.items():
            source = Import.objects.get(pk=number)
            if source.state == Import.DONE and not source.rejected:
                self.ledger.accepted.update({change.number: change for change in changes})
            else:
                self.ledger.unknown.update({change.number: change for change in changes})
                wrong.append(
                    f"import {number} is {source.state}, {source.rejected} rows set aside: {source.error}"
                )
        return wrong

    def _work(self) -> None:
        began = time.monotonic()
        imports = [share * self.seconds for share in IMPORTED_AT]
        edit = self.edit_every * self.random.random()
        while not self._stopping.wait(min(EVERY, self.seconds / 10)):
            if imports and time.monotonic() - began > imports[0]:
                self._attempt("files imported", self._import)
                imports.pop(0)
            elif time.monotonic() - began > edit:
                self._wait_for_a_run()
                self._attempt("rules edited", self._edit)
                edit += self.edit_every
            elif self.random.random() < 0.5:
                self._attempt("lists changed by hand", self._by_hand)
            else:
                self._attempt("people placed by hand", self._place)
        connection.close()

    def _attempt(self, name: str, deed: Callable[[], None]) -> None:
        """Do it, again where the database went away in the middle."""
        while not self._stopping.is_set():
            try:
                deed()
            except (OperationalError, InterfaceError):
                connection.close()
                self._stopping.wait(0.5)
            else:
                self.done[name] += 1
                return

    def _wait_for_a_run(self) -> None:
        """Wait a little for a run to be at work, so that what is done happens in the middle of one."""
        for _ in range(40):
            try:
                if Run.objects.filter(state=Run.RUNNING).exists():
                    self.during_runs += 1
                    return
            except (OperationalError, InterfaceError):
                connection.close()
            if self._stopping.wait(0.05):
                return

    def _edit(self) -> None:
        slug = self.random.choice(EDITED)
        rule = {"version": 1, "rule": edited(slug, self.random.randrange(100))}
        save_rule(segment=_segment(slug), rule=rule, note="Soak", by=_person(), at=datetime.now(UTC))

    def _by_hand(self) -> None:
        segment, at = _segment(PICKED), datetime.now(UTC)
        some = self.random.sample(self.source.ids, 3)
        add_people(segment=segment, contacts=some[:2], by=_person(), at=at)
        remove_person(segment=segment, contact=some[2], by=_person(), at=at)

    def _place(self) -> None:
        """Put some into a segment whatever its rule says, keep others out, for good or a while; undo one."""
        segment, at = _segment(PLACED), datetime.now(UTC)
        some = self.random.sample(self.source.ids, 4)
        until = at + timedelta(seconds=self.random.randrange(20, 90)) if self.random.random() < 0.5 else None
        place(
            segment=segment, contacts=some[:2], included=True, reason="Soak", until=until, by=_person(), at=at
        )
        place(
            segment=segment,
            contacts=some[2:],
            included=False,
            reason="Soak",
            until=until,
            by=_person(),
            at=at,
        )
        take_back(segment=segment, contacts=some[:1], by=_person(), at=at)

    def _import(self) -> None:
        text, changes = self.source.file(self.rows)
        path = keep_upload([text.encode()])
        prepared = preparing.prepare(path, kind=INTERACTIONS, pairs=MAPPED)
        at = datetime.now(UTC)
        source = starting.draft(path=path, filename="soak.csv", prepared=prepared, by=_person(), at=at)
        starting.start(source=source, plan=prepared.plan, by=_person(), at=at)
        self.imports[source.pk] = changes


def _segment(slug: str) -> Segment:
    return Segment.objects.get(slug=slug)


def _person() -> User:
    return User.objects.get(email="soak@facet.example")
