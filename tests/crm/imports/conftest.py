"""Imports of files, in this process, as the command and the worker run them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crm.actions.importing import preparing, running, starting
from crm.models import Import


@pytest.fixture
def bring_in(db: None, noon: datetime) -> Callable[..., Import]:
    """Imports a file: `bring_in(path, "contacts", "ID=external_id")`; without pairs, columns are guessed."""

    def run(
        path: Path, kind: str = "contacts", *pairs: str, guess: bool | None = None, **overrides: Any
    ) -> Import:
        prepared = preparing.prepare(
            path,
            kind=kind,
            pairs=pairs,
            guess=not pairs if guess is None else guess,
            overrides=preparing.Overrides(**overrides),
        )
        source = starting.draft(path=path, filename=path.name, prepared=prepared, by=None, at=noon)
        starting.start(source=source, by=None, at=noon)
        return running.run(source.pk, worker="test", clock=lambda: noon)

    return run


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file: `written("a,b\\n1,2\\n")`, or bytes."""

    def write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
