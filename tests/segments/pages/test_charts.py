"""Charts drawn on the server: everything stands at its day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from segments.pages.charts import plot, spark
from segments.pages.insight.figures import beside, columns, curve, flow, week
from segments.queries.membership.sizes import Day, by_week

FIRST = date(2026, 1, 1)


def on(day: int, size: int = 10, entered: int = 0, left: int = 0) -> Day:
    return Day(FIRST + timedelta(days=day), size, entered, left)


def test_a_gap_in_the_days_is_as_wide_as_it_was_long():
    drawn = plot([on(0), on(75), on(100)])
    assert drawn.line[1:].split()[::2] == ["0.0", "750.0", "1000.0"]
    assert spark([on(0), on(75, 20), on(100)]).path[1:].split()[::2] == ["0.0", "75.0", "100.0"]


def test_labels_are_as_far_apart_as_their_days():
    days = plot([on(0), on(90), on(99), on(100)]).days
    assert days == [FIRST + timedelta(days=number) for number in (0, 25, 50, 75, 100)]
    assert plot([on(0), on(1)]).days == [FIRST, FIRST + timedelta(days=1)]


def test_bars_do_not_hang_over_the_edge_and_do_not_overlap():
    bars = plot([on(0, entered=5), on(7, entered=5), on(14, entered=5)]).bars
    ends = [(float(bar.x), float(bar.x) + float(bar.width)) for bar in bars]
    assert ends[0][0] >= 0
    assert ends[-1][1] <= 1_000
    assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_what_happened_is_marked_where_it_is_within_the_days():
    events = [FIRST - timedelta(days=1), FIRST + timedelta(days=50), FIRST + timedelta(days=101)]
    assert plot([on(0), on(100)], events=events).events == ["500.0"]


def test_stretches_are_equally_long_whatever_days_were_counted():
    daily = [on(day, size=day, entered=1, left=2) for day in range(300, 320)]
    found = by_week([on(0, 1, 3, 0), on(7, 2, 4, 1), *daily], most=60)
    assert [(one.on - FIRST).days for one in found] == [0, 7, 301, 307, 313, 319]
    assert found[-1] == on(319, 319, 6, 12)
    assert sum(one.entered for one in found) == 3 + 4 + 20
    assert len(by_week([on(day) for day in range(400)], most=60)) <= 60
    assert by_week([]) == []


def test_shares_are_drawn_in_hundredths_so_that_their_sign_stands_apart_as_in_texts():
    names = ("VIP", "everyone else")
    lying = beside(["a", "b"], [0.29, None], [1, 0], names=names)
    assert [bars["x"] for bars in lying["data"]] == [[29.0, None], [100, 0]]
    assert lying["layout"]["xaxis"]["ticksuffix"] == "\u00a0%"
    standing = columns(["a"], [0.5], [0.25], names=names)
    assert [bars["y"] for bars in standing["data"]] == [[50], [25]]
    line = curve([0], [0.5], [0.4], [0.6], [0.1], names=names)
    assert [trace["y"] for trace in line["data"]] == [[40], [60], [10], [50]]
    for drawn in (standing, line):
        assert drawn["layout"]["yaxis"]["ticksuffix"] == "\u00a0%"
    heat = week([[0.125]], ["Mon"])["data"][0]
    assert (heat["z"], heat["hovertemplate"]) == (
        [[12.5]],
        "%{y}, %{x} o’clock: %{z:.1~f}\u00a0%<extra></extra>",
    )


def test_words_of_the_account_are_no_markup_in_a_chart():
    label = '<a href="https://evil.example">Vienna & Graz</a>'
    drawn = beside([label, "x" * 50, "x" * 60], [1, 0, 0], [0, 1, 0], names=("<b>VIP</b>", "everyone else"))
    bars = drawn["data"][0]
    assert bars["name"] == "&lt;b&gt;VIP&lt;/b&gt;"
    assert not [written for written in bars["y"] if "<" in written]
    assert bars["y"][1:] == ["x" * 35 + "…", "x" * 35 + "… (2)"]
    assert flow(["<i>a</i>", "b"], [(0, 1, 5)], stays=[False], height=9)["data"][0]["node"]["label"][0] == (
        "&lt;i&gt;a&lt;/i&gt;"
    )
