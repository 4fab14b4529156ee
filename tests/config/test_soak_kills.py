"""The soak's kills: as many as were asked for, of what is there to be killed; and its rest, which is a true one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import OperationalError

from config.soak import killing, settling
from config.soak.driving import _by_victim
from config.soak.killing import Kill, Killing
from config.soak.order import Order
from config.soak.parts import Keeper, Part
from config.soak.watching import Seen


def order(folder: Path, kills: int) -> Order:
    return Order(0.02, 1, kills, 100, 1, str(folder), "sqlite:///x", "")


class Frail:
    """A keeper whose parts are there at every other look only."""

    def __init__(self) -> None:
        self.parts = {"web": None, "worker": None}
        self.looks = 0

    def kill(self, name: str, random: Random) -> str:
        self.looks += 1
        if self.looks % 4 == 1:
            raise OperationalError("the database is starting")
        return name if self.looks % 4 == 3 else ""


def test_all_kills_are_carried_out_also_of_what_is_not_there_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(killing, "AGAIN", 0.001)
    monkeypatch.setattr(killing, "FIRST", 0.0)
    work = Killing(order(tmp_path, 8), Frail())  # type: ignore[arg-type]
    work.start()
    work.finish()
    assert len(work.kills) == 8
    assert work.failed == []


def test_a_kill_that_never_succeeds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "PATIENCE", 0.05)
    monkeypatch.setattr(killing, "AGAIN", 0.01)
    keeper = Frail()
    monkeypatch.setattr(keeper, "kill", lambda name, random: "")
    work = Killing(order(tmp_path, 1), keeper)  # type: ignore[arg-type]
    work._carry_out("web")
    assert work.kills == []
    assert work.failed == ["web: it was not there"]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Part]:
    made = Part(
        "web", f"exec {sys.executable} -c 'import time; time.sleep(60)'", {}, tmp_path / "log", tmp_path
    )
    yield made
    if made.process is not None and not made.ended():
        made.process.kill()
        made.process.wait()


def test_what_was_killed_is_not_killed_again_before_it_stands(sleeper: Part) -> None:
    keeper = Keeper([sleeper])
    assert keeper.kill("web", Random(1)) == ""
    sleeper.start()
    assert keeper.kill("web", Random(1)) == "web"
    assert sleeper.process is not None
    sleeper.process.wait()
    assert keeper.kill("web", Random(1)) == ""


def test_it_is_quiet_once_nothing_is_left_for_a_while_and_who_waits_is_woken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([{"runs": 1}, {}, {"runs": 1}, {}, {}, {}, {}, {}, {}, {}])
    woken: list[int] = []
    monkeypatch.setattr(settling, "left_to_do", lambda: next(answers))
    monkeypatch.setattr(settling, "wake_relay", lambda: woken.append(1))
    began = time.monotonic()
    assert settling.quiet(20, calm=0.6, wake=True) == {}
    assert time.monotonic() - began >= 0.25 * 2 + 0.6
    assert woken == [1]
    monkeypatch.setattr(settling, "left_to_do", lambda: {"runs": 1})
    assert settling.quiet(0.3) == {"runs": 1}
    assert woken == [1]


def test_spans_are_told_by_what_was_killed_last() -> None:
    def seen(accepted: float, at: float) -> Seen:
        return Seen("signalled", True, accepted, accepted, at)

    kills = [Kill(10.0, "web", "web"), Kill(12.0, "connections", "17 database connections")]
    found: dict[str, dict[str, Any]] = _by_victim([seen(9, 11), seen(11, 13), seen(14, 15)], kills)
    assert {what: spans["n"] for what, spans in found.items()} == {"web": 1, "database connections": 2}
    assert found["database connections"]["max"] == 2.0
