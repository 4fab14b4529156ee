"""The demo command from start to end, as a person runs it."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from config.demo import company
from tests.integration.conftest import ROOT, processes_with, wait_until

pytestmark = pytest.mark.integration


class Demo:
    """A running `manage.py demo`, with what it has printed."""

    def __init__(self, data: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.lines: list[str] = []
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("FACET_DATA", "DATABASE_URL", "REDIS_URL")
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(self.port), "--data", str(data), *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def text(self) -> str:
        return "".join(self.lines)

    def wait_ready(self, within: float) -> None:
        wait_until(
            lambda: "Facet is ready" in self.text() or self.process.poll() is not None,
            within=within,
            what=f"ready\n{self.text()}",
        )
        assert self.process.poll() is None, self.text()

    def ended(self) -> int:
        try:
            code = self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end:\n{self.text()}") from None
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a demo has been."""
    data = tmp_path_factory.mktemp("kept")
    demo = Demo(data, "--contacts", "50")
    demo.wait_ready(120)
    stop(demo)
    return data


def sign_in(port: int, email: str) -> str:
    """Sign in by the form; the page that is shown then."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    address = f"http://127.0.0.1:{port}/sign-in/"
    with browser.open(address) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode()).group(1)
    form = {"login": email, "password": company.PASSWORD, "csrfmiddlewaretoken": token}
    with browser.open(address, urllib.parse.urlencode(form).encode()) as page:
        assert page.status == 200
        return page.geturl()


@pytest.mark.timeout(240)
def test_it_starts_serves_stops_and_keeps_its_data(tmp_path):
    data = tmp_path / "some data"
    demo = Demo(data, "--contacts", "300")
    try:
        demo.wait_ready(120)
        assert all(email in demo.text() for email, _, _ in company.TEAM)
        assert sign_in(demo.port, company.TEAM[0][0]).endswith("/segments/")
        assert len(processes_with(data)) >= 4

        began = time.monotonic()
        demo.process.send_signal(signal.SIGINT)
        assert demo.ended() == 0, demo.text()
        assert time.monotonic() - began < 8
        wait_until(lambda: not processes_with(data), within=3, what="every process gone")
    finally:
        stop(demo)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("victim", ["granian", "beat", "worker", "config/embedded.py", "the demo itself"])
def test_one_dying_stops_the_rest(kept, victim):
    data = kept
    demo = Demo(data)
    try:
        demo.wait_ready(60)
        assert "it is kept" in demo.text()
        parts = [demo.process.pid] if victim == "the demo itself" else processes_with(data)
        os.kill(
            next(
                pid for pid in parts if len(parts) == 1 or any(word.endswith(victim) for word in words(pid))
            ),
            signal.SIGKILL,
        )
        assert demo.ended() != 0, "one dying stops the rest, and says so"
        wait_until(lambda: not processes_with(data), within=10, what="every process gone")
    finally:
        stop(demo)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_ended_while_it_loads_it_leaves_nothing_running(tmp_path, sign):
    demo = Demo(tmp_path, "--contacts", "5000")
    try:
        wait_until(
            lambda: broker(tmp_path) and processes_with(tmp_path), within=60, what="broker and loading"
        )
        demo.process.send_signal(sign)
        assert demo.ended() != 0
        wait_until(
            lambda: not broker(tmp_path) and not processes_with(tmp_path),
            within=10,
            what="every process gone",
        )
    finally:
        stop(demo)


def test_a_port_in_use_is_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [
                sys.executable,
                "manage.py",
                "demo",
                "--port",
                str(taken.getsockname()[1]),
                "--data",
                str(tmp_path),
            ],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def broker(data: Path) -> list[int]:
    """The processes whose command line tells of a folder: the broker is not told by its environment."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(data).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return [pid for pid in found if not any(word.endswith("manage.py") for word in words(pid))]


def words(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")


def stop(demo: Demo) -> None:
    if demo.process.poll() is None:
        demo.process.send_signal(signal.SIGINT)
        demo.process.wait(timeout=15)
    demo.reader.join()
    if demo.process.stdout is not None:
        demo.process.stdout.close()
