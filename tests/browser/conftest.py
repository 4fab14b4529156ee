"""The product served to a real browser: a web server of its own with a small demo company, watched for complaints."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.demo import company
from config.management.commands.demo import page_answers
from tests.browser.addresses import Address, every_address
from tests.integration.conftest import ROOT, wait_until

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
TELL = "document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"


@dataclass
class Served:
    """Facet at an address, with its data folder and what its processes are told."""

    address: str
    environment: dict[str, str]
    web: subprocess.Popen[bytes] | None = None

    def manage(self, *words: str) -> None:
        """Run a command of manage.py on this Facet."""
        subprocess.run(
            [sys.executable, "manage.py", *words], env=self.environment, cwd=ROOT, check=True, timeout=120
        )

    def told(self, module: str) -> dict[str, Any]:
        """What a module of the tests says, run on this Facet."""
        said = subprocess.run(
            [sys.executable, "-m", module],
            env=self.environment,
            cwd=ROOT,
            check=True,
            timeout=240,
            stdout=subprocess.PIPE,
            text=True,
        )
        found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return found

    def start(self) -> None:
        """Serve its pages, and wait for the first."""
        port = self.address.rpartition(":")[2]
        command = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--port",
            port,
            "--no-ws",
            "--no-log",
        ]
        self.web = subprocess.Popen([*command, "config.wsgi:application"], env=self.environment, cwd=ROOT)
        wait_until(lambda: page_answers(self.address + "/health/live"), within=30, what="the page")

    def end(self) -> None:
        """Serve no more."""
        if self.web is not None:
            self.web.terminate()
            self.web.wait(timeout=15)


@dataclass
class Watched:
    """A page of the browser, and everything about it that a person should not see."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)
    expect_refusal: bool = False  # the next page is refused on purpose: the browser may say so

    def open(self, path: str) -> Any:
        """Go to a page of Facet; its answer."""
        return self.page.goto(self.address + path, wait_until="networkidle")

    def sign_in(self, role: str) -> None:
        """Sign in by the form, as a colleague of this role."""
        self.open("/sign-in/")
        self.page.get_by_label("E-mail").fill(next(email for email, _, own in company.TEAM if own == role))
        self.page.get_by_label("Password").fill(company.PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_load_state("networkidle")
        assert "/sign-in/" not in self.page.url


def need_chromium() -> None:
    """Skip, saying so, where no browser is installed."""
    if not CHROMIUM.exists():
        pytest.skip("no browser is installed at /usr/bin/chromium: apt install chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless, closed with its event loop at the end of a file: other tests must not meet it."""
    need_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Facet with 600 customers, served by granian for the whole run of tests."""
    with serving(tmp_path_factory.mktemp("served")) as facet:
        facet.manage("load_demo", "--contacts=600")
        facet.start()
        yield facet


@contextmanager
def serving(data: Path) -> Iterator[Served]:
    """Facet in a folder of its own, migrated; it answers once it is started, and is ended at the end."""
    need_chromium()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    environment |= {
        "FACET_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONWARNINGS": "ignore",
    }
    facet = Served(f"http://127.0.0.1:{port}", environment | {"LOG_LEVEL": "ERROR"})
    facet.manage("migrate", "--verbosity=0")
    try:
        yield facet
    finally:
        facet.end()


@pytest.fixture(scope="session")
def furnished(served: Served) -> dict[str, Any]:
    """One of each thing that a page can be about, by name; `pages` and `wrong` say what every address answers."""
    return served.told("tests.browser.furnishing")


@pytest.fixture(scope="session")
def every_page(furnished: dict[str, Any]) -> list[Address]:
    """Every address that answers the administrator with a whole page."""
    return [address for address in every_address(furnished) if address.path in set(furnished["pages"])]


@pytest.fixture
def watch(chromium: Any, served: Served) -> Iterator[Callable[..., Watched]]:
    """Opens a fresh browser window of a size and theme; at the end nothing may have complained."""
    opened: list[tuple[Any, Watched]] = []

    def make(width: int = 1440, scheme: str = "light", touch: bool = False) -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            has_touch=touch,
        )
        context.add_init_script(TELL)
        page = context.new_page()
        watched = Watched(page, served.address)

        def heard(message: Any) -> None:
            refused = watched.expect_refusal and message.text.startswith("Failed to load resource")
            if message.type in ("error", "warning") and not refused:
                watched.complaints.append(f"{message.type} on {page.url}: {message.text}")

        def asked(request: Any) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
                watched.complaints.append(f"request to another host: {request.url}")

        page.on("console", heard)
        page.on("pageerror", lambda error: watched.complaints.append(f"exception on {page.url}: {error}"))
        page.on("request", asked)
        opened.append((context, watched))
        return watched

    yield make
    complaints = [complaint for _, watched in opened for complaint in watched.complaints]
    for context, _ in opened:
        context.close()
    assert not complaints
