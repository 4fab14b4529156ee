"""A foreign page, served from another port, shows the badges of a customer; one that is not allowed does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.looking import serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCRIPT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Desk</title><main><h1>Ticket 12</h1>
<script src="{facet}/embed/badge.js" async data-key="{key}" data-email="{email}" data-agent="Ines"></script></main></html>"""
FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Desk</title><main><h1>Ticket 12</h1>
<iframe title="Customer badges" width="600" height="500" src="{facet}{frame}#key={key}&email={email}"></iframe></main></html>"""


@dataclass
class Foreign:
    """A help desk on a port of its own, with a page that tests write."""

    address: str
    page: str = ""


@pytest.fixture
def foreign() -> Iterator[Callable[[], Foreign]]:
    """Starts help desks: each call one more, on another port and so of another origin."""
    servers = []

    def start() -> Foreign:
        desk = Foreign("")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = desk.page.encode() if self.path == "/" else b""
                self.send_response(200 if body else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", "style-src 'none'")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        desk.address = f"http://127.0.0.1:{server.server_port}"
        return desk

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def connect(watch: Any, origin: str) -> dict[str, str]:
    """Make a key by the page, as a service lead does; the key, its frame, and a customer who has badges."""
    watched = watch()
    watched.sign_in("service lead")
    page = watched.page
    watched.open("/contacts/?segment=vip")
    page.locator("th a.named").first.click()
    page.wait_for_load_state("networkidle")
    email = page.locator("section[aria-label=Identity] dd").first.inner_text()
    watched.open("/help-desks/new/")
    page.locator("#id_name").fill("Desk")
    page.get_by_label("Pages that may show badges").fill(origin)
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("#secret").inner_text()
    page.locator("#preview-who").fill(email)
    page.get_by_role("button", name="Show").click()
    preview = page.frame_locator("#preview")
    preview.get_by_role("heading", name="VIP", exact=True).wait_for()
    frame = page.locator("[data-badge-preview]").get_attribute("data-address")
    return {"facet": watched.address, "key": key, "frame": frame, "email": email}


def opened(chromium: Any, address: str, scheme: str = "light") -> Any:
    page = chromium.new_context(color_scheme=scheme, viewport={"width": 800, "height": 900}).new_page()
    page.goto(address, wait_until="networkidle")
    return page


def test_an_allowed_page_shows_badges_and_votes(watch, chromium, foreign):
    desk = foreign()
    told = connect(watch, desk.address)
    desk.page = SCRIPT.format(**told)
    for scheme in ("light", "dark"):
        page = opened(chromium, desk.address, scheme)
        page.get_by_role("heading", name="VIP", exact=True).wait_for()
        assert page.get_by_role("region", name="Customer badges").is_visible()
        assert not list(serious(Axe().run(page)))
    group = page.get_by_role("group", name="Is VIP right?", exact=True)
    group.get_by_role("button", name="No").focus()
    page.keyboard.press("Enter")
    page.get_by_text("You said no, thank you.").wait_for()
    page.get_by_label("Why is VIP not right?", exact=True).fill("<b>Left</b> us")
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    page.reload(wait_until="networkidle")
    assert page.get_by_label("Why is VIP not right?", exact=True).input_value() == "<b>Left</b> us"
    assert page.context.cookies() == []


def test_an_allowed_page_frames_them(watch, chromium, foreign):
    desk = foreign()
    told = connect(watch, desk.address)
    desk.page = FRAME.format(**told)
    page = opened(chromium, desk.address)
    page.frame_locator("iframe").get_by_role("heading", name="VIP", exact=True).wait_for()
    assert page.context.cookies() == []


def test_another_page_gets_neither(watch, chromium, foreign):
    desk, other = foreign(), foreign()
    told = connect(watch, desk.address)
    other.page = SCRIPT.format(**told)
    page = opened(chromium, other.address)
    page.get_by_text("Facet does not answer this page").first.wait_for()
    assert "VIP" not in page.locator("facet-badge").inner_text()
    other.page = FRAME.format(**told)
    page = opened(chromium, other.address)
    assert page.frame_locator("iframe").get_by_role("heading", name="VIP", exact=True).count() == 0
    assert page.frames[-1].url.startswith("chrome-error://")
