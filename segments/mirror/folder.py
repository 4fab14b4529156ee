"""The folder of the mirror: where it is, the lock of who writes in it, what is cleared away after a crash."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from django.conf import settings

_held = Lock()


def whole() -> Path:
    """The folder, made where there is none."""
    folder = Path(settings.MIRROR_DIR)
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def writing() -> Iterator[None]:
    """Held by the one process (and thread) that writes a generation or merges patches; others wait."""
    with _held, (whole() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def writing_at_once() -> Iterator[bool]:
    """The same for who need not wait: False where another is at it."""
    if not _held.acquire(blocking=False):
        yield False
        return
    try:
        with (whole() / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
    finally:
        _held.release()


def clear(*, before: float) -> None:
    """Remove what writers left that died: hidden files and folders older than an instant (of the file system)."""
    for path in whole().glob(".*"):
        try:
            if path.stat().st_mtime < before:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        except OSError:
            continue


def beside(name: str) -> Path:
    """A hidden place to write in, of this process alone."""
    return whole() / f".{name}-{os.getpid()}"
