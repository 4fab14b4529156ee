"""The benchmark runs, its second ways agree with the engine, and a wrong answer is told."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from config.bench import cluster, population, report, rules, showing, sql, sweeping
from config.bench.order import Order, read


def test_a_small_run_measures_and_checks(tmp_path):
    out, found = StringIO(), tmp_path / "found.json"
    call_command(
        "benchmark",
        contacts=2_000,
        interactions=20_000,
        peers="limit",
        runs=2,
        cache=tmp_path,
        no_http=True,
        json=found,
        stdout=out,
    )
    said = out.getvalue()
    assert "2,000 contacts" in said
    assert "verdicts and measures of 2,000 contacts by hand: 290,000 compared, all equal" in said
    measured = json.loads(found.read_text())
    assert {row["row"] for row in measured["measurements"]} >= {"sweep", "limit", "difference"}
    assert measured["left_out"] == [
        "full mirror and patch: no --database was named.",
        "preview and why over HTTP: --no-http was given.",
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_page_of_a_furnished_database_is_asked(tmp_path):
    out, found = StringIO(), tmp_path / "found.json"
    call_command(
        "benchmark",
        contacts=300,
        interactions=3_000,
        segments=10,
        pages=True,
        database=["sqlite"],
        cache=tmp_path,
        json=found,
        stdout=out,
    )
    measured = json.loads(found.read_text())
    badge, whole, *rows = measured["measurements"]
    assert (badge["row"], badge["runs"]) == ("badges of a customer", 200)
    assert whole["row"] == "pages and endpoints"
    assert whole["runs"] > 100
    asked = {row["row"] for row in rows}
    assert any("/segments/segment-" in row for row in asked)
    assert measured["checks"] == [
        {"what": "pages and endpoints that answer", "compared": whole["runs"], "wrong": []}
    ]


def test_an_unknown_peer_is_refused_in_words(tmp_path):
    with pytest.raises(CommandError, match="‘excel’ is no peer"):
        call_command("benchmark", peers="excel", cache=tmp_path)


def test_a_hundred_segments_that_mean_something():
    people = population.make(3_000, 60_000)
    verdicts = sweeping.sweep(people, rules.parsed(rules.segments(100), people))
    sizes = {slug: int(np.unpackbits(bits, count=len(people)).sum()) for slug, bits in verdicts.items()}
    assert len(sizes) == 100
    assert not [slug for slug, size in sizes.items() if size in (0, len(people))]


def test_a_wrong_verdict_is_found_by_hand():
    people = population.make(50, 1_000)
    documents = rules.segments(5)
    packed = sweeping.sweep(people, rules.parsed(documents, people))
    packed["segment-002"] = packed["segment-002"].copy()
    packed["segment-002"][0] ^= 128
    assert sweeping._check(people, documents, packed, None)["wrong"] == ["segment-002, contact 1"]


def test_the_difference_is_who_came_and_who_went():
    before = {"one": np.packbits(np.array([1, 0, 0, 1, 0, 0, 0, 0, 1, 1], bool))}
    after = {"one": np.packbits(np.array([1, 0, 1, 0, 0, 0, 0, 0, 1, 0], bool))}
    came, went = sweeping.difference(before, after)["one"]
    assert (came.tolist(), went.tolist()) == ([2], [3, 9])


def test_postgresql_missing_is_said_in_words(monkeypatch):
    monkeypatch.setattr(cluster, "SERVERS", Path("/nowhere"))
    monkeypatch.setattr(cluster.shutil, "which", lambda name: None)
    with pytest.raises(cluster.NoCluster, match="No PostgreSQL server is installed"):
        cluster.binaries()


def test_goals_are_told_as_reached_or_not():
    rows = {"sweep": {"median": 1.0, "private_mib": 2_000}, "limit": {"median": 0.6}}
    said = [goal.said(rows, rows["sweep"], full=True)[1] for goal in report.GOALS["sweep"]]
    assert said == ["yes (1.67)", "NO (2e+03)"]
    assert report.GOALS["difference"][0].said(rows, {"median": 0.01}, full=False)[1] == "other size (0.01)"
    assert report.GOALS["sweep"][0].said({}, rows["sweep"], full=True)[1] == "not measured"


def test_an_order_goes_to_another_process_whole():
    order = Order(10, 100, 5, 5, 60.0, ("limit",), "/somewhere")
    assert read(order.text()) == order
    assert order.quarter().interactions == 25


def test_statements_never_have_a_null_for_a_verdict():
    texts = sql.statements(
        sql.Dialect(), {"one": rules.has("tier", "is_not", "gold")}, population.AS_OF, "crm_contact", "i"
    )
    assert texts == [
        "select count(*) from crm_contact c where not coalesce((c.attributes->>'tier') = 'gold', false)"
    ]


def test_what_the_readme_shows_is_what_the_peers_run():
    folder = Path(__file__).resolve().parents[2] / "bench" / "peers"
    for name, text in showing.texts().items():
        assert (folder / name).read_text() == text, f"manage.py benchmark --show bench/peers renews {name}"
