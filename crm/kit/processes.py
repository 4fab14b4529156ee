"""Who does a piece of work, and whether that process is still there."""

from __future__ import annotations

import os
import secrets
import socket

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
