"""Who does a piece of work, and whether that process is still there."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

NICENESS = 5  # a sweep holds the lock the quick path waits for: not so low that it starves with it
HOST = socket.gethostname()[:40]
OF_THIS_PROCESS = Path("/proc/self/stat")  # Linux has it


def this_worker() -> str:
    """A name to claim work under: `host:pid:begun-sign`, telling it from an earlier process of the same number."""
    return f"{HOST}:{os.getpid()}:{_begun(os.getpid()) or 0}-{secrets.token_hex(4)}"


def is_gone(worker: str) -> bool:
    """True if the worker was a process of this host that has ended; False where that cannot be told.

    One that was killed has ended before its parent noticed, and so has one whose number another process has now.
    """
    host, _, rest = worker.partition(":")
    pid, _, sign = rest.partition(":")
    if host != HOST or not pid.isdigit():
        return False
    if not OF_THIS_PROCESS.exists():
        return not _answers(int(pid))
    begun, named = _begun(int(pid)), sign.partition("-")[0]
    return begun is None or (named.isdigit() and int(named) > 0 and int(named) != begun)


def _begun(pid: int) -> int | None:
    """When a process began, in ticks since the machine did; None where it is not there, or dead and not yet buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def give_way() -> None:
    """Have this process, and those it starts, use the processor after the others that want it.

    Linux shares it among sessions first where it groups them: the leader of a session lowers its whole session.
    """
    os.nice(max(0, NICENESS - os.nice(0)))
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(NICENESS))
