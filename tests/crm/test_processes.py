"""Who works in the background lets others go first; whether a process is still there; what a worker does at first."""

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from config import celery
from crm.kit import processes
from crm.kit.processes import HOST, NICENESS, is_gone, this_worker

SHOWN = """
import os
from crm.kit.processes import give_way
os.nice({before})
give_way()
give_way()
print(os.nice(0))
"""


@pytest.mark.parametrize(("before", "after"), [(0, NICENESS), (2, NICENESS), (NICENESS + 4, NICENESS + 4)])
def test_a_process_that_gives_way_is_as_nice_as_told_and_stays_nicer(before: int, after: int) -> None:
    code = SHOWN.format(before=before)
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, start_new_session=True
    )
    assert int(told.stdout) == after


@pytest.mark.parametrize(("queues", "gives_way"), [(["celery"], 1), (["quick"], 0), (["celery", "quick"], 0)])
def test_workers_give_way_unless_they_serve_the_quick_queue(
    queues: list[str], gives_way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(celery, "give_way", lambda: asked.append(1))
    worker = SimpleNamespace(
        app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=queues)))
    )
    celery.let_others_go_first(worker)
    assert len(asked) == gives_way


def test_a_worker_is_gone_once_it_was_killed_and_before_its_parent_knows() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    name = f"{HOST}:{child.pid}:{processes._begun(child.pid)}-abcd"
    try:
        assert not is_gone(name)
    finally:
        child.kill()
    deadline = time.monotonic() + 10
    while not is_gone(name) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_gone(name)
    assert child.returncode is None  # nobody waited for it: it is dead and not buried
    child.wait()
    assert is_gone(name)


def test_a_number_that_another_process_has_now_is_not_the_worker() -> None:
    name = this_worker()
    assert not is_gone(name)
    host, pid, sign = name.split(":")
    begun, rest = sign.split("-")
    assert is_gone(f"{host}:{pid}:{int(begun) - 1}-{rest}")
    assert not is_gone(f"{host}:{pid}:cafe")  # a name of an earlier release says nothing of when
    assert not is_gone(f"elsewhere:{pid}:{int(begun) - 1}-{rest}")


def test_where_the_system_tells_nothing_of_processes_it_is_asked_whether_one_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "OF_THIS_PROCESS", tmp_path / "none")
    assert not is_gone(this_worker())
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert is_gone(f"{HOST}:{child.pid}:0-abcd")


def waits_of(queues: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(celery.app, "send_task", lambda name, **options: sent.append(name))
    monkeypatch.setattr(celery.app.amqp.queues, "_consume_from", {name: object() for name in queues})
    celery.look_what_waits(SimpleNamespace(app=celery.app))
    return sent


@pytest.mark.parametrize(
    ("queues", "tasks"),
    [
        (["quick"], ["segments.judge_changed", "config.relay_outbox"]),
        (["celery"], ["segments.recompute_segments", "crm.resume_imports"]),
        (["celery", "quick"], [name for name, _ in celery.AT_FIRST]),
    ],
)
def test_a_worker_that_begins_looks_what_one_that_died_has_left(
    queues: list[str], tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waits_of(queues, monkeypatch) == tasks
