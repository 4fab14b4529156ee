"""Who does a piece of work, and whether that process is still there."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

NICENESS = 5  # a sweep holds the lock the quick path waits for: not so low that it starves with it
HOST = socket.gethostname()[:40]


def this_worker() -> str:
    """A name to claim work under: `host:pid:sign`, the sign telling it from an earlier process of the same number."""
    return f"{HOST}:{os.getpid()}:{secrets.token_hex(4)}"


def is_gone(worker: str) -> bool:
    """True if the worker was a process of this host that has ended; False where that cannot be told."""
    host, _, rest = worker.partition(":")
    pid = rest.partition(":")[0]
    if host != HOST or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def give_way() -> None:
    """Have this process, and those it starts, use the processor after the others that want it.

    Linux shares it among sessions first where it groups them: the leader of a session lowers its whole session.
    """
    os.nice(max(0, NICENESS - os.nice(0)))
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(NICENESS))
