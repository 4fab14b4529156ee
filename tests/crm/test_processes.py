"""Who works in the background lets others go first, once, and never gets ahead."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from config import celery
from crm.kit.processes import NICENESS

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
