"""Preview and why over HTTP, warm: a web server of its own on the mirror and a small SQLite database."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

from django.core.management import call_command

from config.bench import rules
from config.bench.loading import load_some
from config.bench.measures import ZONE
from config.bench.order import Order
from config.bench.population import AS_OF
from config.bench.sweeping import opened_population
from config.bench.timing import Measurement, percentile, timed
from crm.actions.tokens import make_token
from crm.domain.roles import Role
from crm.models import Account, User
from segments.actions.building.saving import create_segment
from segments.models import Segment

PREVIEWS, WHYS, WARM = 200, 200, 10
KNOWN = 1_000  # contacts that can be looked up by themselves
SLUG = "typical"
PATIENCE = 60.0


def measure(order: Order) -> dict[str, Any]:
    """Both rows; what is not there yet is said in `left_out`."""
    call_command("migrate", verbosity=0)
    ids = load_some(opened_population(), KNOWN)
    key = _token()
    with serving() as link:
        previewed = [_preview(link, key, number) for number in range(PREVIEWS + WARM)][WARM:]
        rows = [_row("preview", previewed, "typical nested rule, another threshold and instant each time")]
        left_out = []
        status, _, _ = _ask(link, "GET", _why(ids[0]), key)
        if status == 200:
            taken = [_explain(link, key, ids[n % len(ids)]) for n in range(WHYS + WARM)][WARM:]
            rows.append(_row("why", taken, "another contact each time"))
        else:
            left_out.append(f"why over HTTP: the address answers {status}, it is not there yet.")
    return {"measurements": rows, "left_out": left_out}


def _row(name: str, seconds: list[float], told: str) -> dict[str, Any]:
    p95 = {"p95": percentile(seconds, 0.95)}
    return Measurement(name, seconds, f"{len(seconds)} requests; {told}", p95).as_json()


def _token() -> str:
    Account.objects.update_or_create(pk=1, defaults={"timezone": ZONE.key})
    person = User.objects.filter(email="bench@facet.example").first() or User.objects.create_user(
        "bench@facet.example", None, name="Bench", role=Role.ADMINISTRATOR
    )
    if not Segment.objects.filter(slug=SLUG).exists():
        create_segment(name="Typical", slug=SLUG, rule=_document(100), by=person, at=AS_OF)
    scopes = ["contacts:read", "segments:read"]
    return make_token(name="bench", machine=True, scopes=scopes, expires_at=None, by=person, at=AS_OF)[1]


def _document(threshold: int) -> dict[str, Any]:
    """One of the nested rules, with a threshold of its own so that no answer can be an old one."""
    text = json.dumps(rules.segments(100)["segment-009"]).replace('"value": 100', f'"value": {threshold}')
    return {"version": 1, "rule": json.loads(text)}


def _preview(link: HTTPConnection, key: str, number: int) -> float:
    as_of = (AS_OF + timedelta(seconds=number)).isoformat()
    body = {"rule": _document(60 + number), "as_of": as_of}
    status, seconds, answer = _ask(link, "POST", "/api/v1/segments/preview/", key, body)
    if status != 200 or "nodes" not in json.loads(answer):
        raise RuntimeError(f"The preview answered {status}: {answer[:300]!r}")
    return seconds


def _explain(link: HTTPConnection, key: str, contact: int) -> float:
    status, seconds, answer = _ask(link, "GET", _why(contact), key)
    if status != 200:
        raise RuntimeError(f"The why answered {status}: {answer[:300]!r}")
    return seconds


def _why(contact: int) -> str:
    return f"/api/v1/contacts/{contact}/why/?segment={SLUG}"


def _ask(
    link: HTTPConnection, method: str, path: str, key: str, body: Any = None
) -> tuple[int, float, bytes]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def exchange() -> tuple[int, bytes]:
        link.request(method, path, None if body is None else json.dumps(body), headers)
        answer = link.getresponse()
        return answer.status, answer.read()

    seconds, (status, text) = timed(exchange)
    return status, seconds, text


@contextmanager
def serving() -> Iterator[HTTPConnection]:
    """A connection to a server of our own on a free port of this machine, stopped afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--blocking-threads", "4", "--no-ws", "--log-level", "warning", "config.wsgi:application"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    link = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        _wait(link, server)
        yield link
    finally:
        link.close()
        server.terminate()
        server.wait(20)


def _wait(link: HTTPConnection, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            link.request("GET", "/health/live")
            link.getresponse().read()
            return
        except OSError:
            link.close()
            time.sleep(0.2)
    raise RuntimeError("The web server did not start; its words are above.")
