"""From a key to the counts on the page: the builder in Chromium, on a filled database and its mirror, warm."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management import call_command
from django.test import Client

from config.bench import rules, serving
from config.bench.measures import ZONE
from config.bench.order import Order
from config.bench.population import AS_OF
from config.bench.timing import Measurement, percentile
from crm.domain.roles import Role
from crm.models import Account, User
from segments.mirror import everyone, store

CHROMIUM = Path("/usr/bin/chromium")
EDITS, WARM = 30, 5
DAY = 86_400  # seconds
PATIENCE, BETWEEN = 60_000, 2_000  # milliseconds
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
# The time of the last key, and of the first frame drawn after its counts are on the page.
WATCH = """() => {
  document.addEventListener('input', () => { window.edited = performance.now(); }, true);
  window.taken = new Promise(done => new MutationObserver((_, watching) => {
    if (!window.edited || document.body.classList.contains('counting')) return;
    watching.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      const asked = performance.getEntriesByType('resource').filter(one => one.name.endsWith('/preview/')).at(-1);
      done([performance.now() - window.edited, asked.duration]);
    }));
  }).observe(document.body, {attributes: true, attributeFilter: ['class']}));
  window.edited = 0;
}"""


def measure(order: Order) -> dict[str, Any]:
    """One row; where no browser is installed, `left_out` says so."""
    try:
        driven = import_module("playwright.sync_api").sync_playwright
    except ImportError:
        return {"left_out": ["edits in the browser: install requirements-dev.txt for its driver."]}
    if not CHROMIUM.exists():
        return {"left_out": [f"edits in the browser: there is no {CHROMIUM}."]}
    call_command("migrate", verbosity=0)
    if store.open_newest() is None:
        everyone.snapshot()
    cookie = _session()
    with serving.serving() as link, driven() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        address = f"http://{link.host}:{link.port}"
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        taken, inside, customers = _edit(page, address)
        browser.close()
    told = f"{len(taken)} edits of a typical nested rule, {customers} customers, the debounce included"
    figures = {"p95": percentile(taken, 0.95), "p95 of the request": percentile(inside, 0.95)}
    return {"measurements": [Measurement("edit to counts in the browser", taken, told, figures).as_json()]}


def _session() -> str:
    Account.objects.update_or_create(pk=1, defaults={"timezone": ZONE.key})
    person = User.objects.filter(email="bench@facet.example").first() or User.objects.create_user(
        "bench@facet.example", None, name="Bench", role=Role.ADMINISTRATOR
    )
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def _edit(page: Any, address: str) -> tuple[list[float], list[float], str]:
    """Seconds from the last key of each edit to its counts, those of the request alone, and who is counted."""
    late = int(page.evaluate("+new Date()") / 1000 - AS_OF.timestamp()) // DAY
    page.goto(f"{address}/segments/new/?rule={quote(json.dumps(_document(late)))}")
    page.wait_for_selector("body[data-builder=ready]:not(.counting)", timeout=PATIENCE)
    discard = page.get_by_role("button", name="Discard it")  # the draft of an earlier run
    if discard.count():
        discard.click()
    fields = page.locator("#outline input.number")
    amount = fields.nth([fields.nth(place).input_value() for place in range(fields.count())].index("100"))
    taken, inside = [], []
    for number in range(EDITS + WARM):
        amount.focus()
        page.keyboard.press("Control+A")
        page.evaluate(WATCH)
        page.keyboard.type(str(60 + number))
        shown, request = page.evaluate("window.taken")
        taken.append(shown / 1000)
        inside.append(request / 1000)
        page.wait_for_timeout(BETWEEN)
    return taken[WARM:], inside[WARM:], page.locator("#out-of").inner_text().split()[-2]


def _document(late: int) -> dict[str, Any]:
    """A typical nested rule; so many days later its windows reach as far into the population as on its own day."""

    def reach(part: Any) -> Any:
        if isinstance(part, list):
            return [reach(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "last" in part:
            return {"last": [part["last"][0] + max(late, 0), "day"]}
        return {key: reach(one) for key, one in part.items()}

    return {"version": 1, "rule": reach(rules.segments(100)["segment-009"])}
