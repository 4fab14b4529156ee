"""A PostgreSQL cluster of the benchmark's own, on a Unix socket in a folder: started, used, stopped."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "2GB",
    "work_mem": "256MB",
    "max_parallel_workers_per_gather": "2",
    "max_wal_size": "8GB",
}
SERVERS = Path("/usr/lib/postgresql")
LONGEST_SOCKET = 90  # a Unix socket's path has 107 characters at most
SERVICE = "postgres"


class NoCluster(RuntimeError):
    """PostgreSQL cannot be started here; the sentence says why and what to do."""


def binaries() -> Path:
    """The folder of the newest PostgreSQL server on this machine. Raises `NoCluster`."""
    found = sorted(SERVERS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if found:
        return found[-1].parent
    if elsewhere:
        return Path(elsewhere).resolve().parent
    raise NoCluster(
        "No PostgreSQL server is installed here (‘apt-get install postgresql’). "
        "Install it, name another with --database, or leave postgres and sql out of --peers."
    )


@contextmanager
def running(folder: Path, settings: Mapping[str, str] = SETTINGS) -> Iterator[Path]:
    """A running cluster in the folder, made at the first call; yields the folder of its socket."""
    commands = binaries()
    folder = folder.resolve()
    if len(str(folder)) > LONGEST_SOCKET:
        raise NoCluster(f"{folder} is too long a path for a socket: give a shorter one with --cache.")
    folder.mkdir(parents=True, exist_ok=True)
    _give(folder)
    data = folder / "cluster"
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)
        _run(
            [
                *(str(commands / "initdb"), "-D", str(data), "-U", getpass.getuser()),
                *("--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
            ],
            folder,
        )
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = [str(commands / "pg_ctl"), "-D", str(data), "-w"]
    log = ["-l", str(folder / "log")]
    _run([*control, *log, "-t", "120", "-o", f"-k {folder} {options}", "start"], folder)
    try:
        yield folder
    finally:
        _run([*control, "-m", "fast", "stop"], folder)


def restart(folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
    """Restart a running cluster as after a crash: nobody is told, and it recovers from its log."""
    folder = folder.resolve()
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = [
        str(binaries() / "pg_ctl"),
        "-D",
        str(folder / "cluster"),
        "-w",
        "-t",
        "120",
        "-m",
        "immediate",
    ]
    _run([*control, "-l", str(folder / "log"), "-o", f"-k {folder} {options}", "restart"], folder)


def database(socket: Path, name: str) -> str:
    """The URL of a database of the running cluster, made where there is none."""
    commands = binaries()
    ask = [str(commands / "psql"), "-h", str(socket), "-d", "postgres", "-Atc"]
    found = subprocess.run(
        [*ask, f"select 1 from pg_database where datname = '{name}'"],  # noqa: S608 - a name of ours
        capture_output=True,
        text=True,
        check=True,
    )
    if not found.stdout.strip():
        subprocess.run([*ask, f'create database "{name}"'], check=True, capture_output=True)
    return f"postgresql:///{socket}/{name}"


def _give(folder: Path) -> None:
    """PostgreSQL refuses to run as root: then its own user gets the folder."""
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam(SERVICE)
        except KeyError as error:
            raise NoCluster(
                f"PostgreSQL does not run as root, and this machine has no user ‘{SERVICE}’ for it."
            ) from error
        os.chown(folder, user.pw_uid, user.pw_gid)


def _run(command: list[str], folder: Path) -> None:
    """Run a command as the user who may; its words go into the error. Raises `NoCluster`."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", SERVICE, "--", *command]
    # The server keeps the file open after pg_ctl has gone: a pipe would never end.
    with (folder / "said").open("w+") as said:
        try:
            code = subprocess.run(command, stdout=said, stderr=said, cwd=folder, check=False).returncode
        except FileNotFoundError as error:
            raise NoCluster(f"‘{command[0]}’ is not installed here.") from error
        said.seek(0)
        if code:
            raise NoCluster(f"PostgreSQL said: {said.read().strip()[-600:]} (in {folder})")
