"""Charts as data for Plotly. Colours are names of the visual system's tokens; the page fills them in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from crm.kit.figures import NARROW

MINE, OTHERS = "--accent", "--calm-mark"
# Shares are drawn in hundredths: Plotly's own percentages would stand without the space that texts have.
SHARES = {"ticksuffix": f"{NARROW}%", "rangemode": "tozero", "tickformat": ",~f", "hoverformat": ",.1~f"}
LONGEST = 36
Figure = dict[str, Any]


def plain(label: str) -> str:
    """A word of the account as Plotly shall write it: cut short, and without the markup that Plotly would obey."""
    short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def apart(labels: Sequence[str]) -> list[str]:
    """Labels for an axis, where two that read alike would be one place: the later ones are numbered."""
    met: Counter[str] = Counter()
    written = []
    for label in map(plain, labels):
        met[label] += 1
        written.append(label if met[label] == 1 else f"{label} ({met[label]})")
    return written


def _hundredths(shares: Sequence[float | None]) -> list[float | None]:
    return [None if share is None else round(100 * share, 6) for share in shares]


def beside(
    labels: Sequence[str],
    mine: Sequence[float | None],
    others: Sequence[float | None],
    *,
    names: tuple[str, str],
) -> Figure:
    """Shares of two groups as lying bars, one pair a label, the first on top."""
    return {
        "data": [
            _bars(names[0], labels, _hundredths(mine), MINE, lying=True),
            _bars(names[1], labels, _hundredths(others), OTHERS, lying=True),
        ],
        "layout": {
            "barmode": "group",
            "bargap": 0.35,
            "bargroupgap": 0.1,
            "height": 90 + 34 * len(labels),
            "hovermode": "y unified",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": {**SHARES, "showgrid": True},
            "yaxis": {"autorange": "reversed", "showgrid": False, "ticksuffix": "  ", "type": "category"},
        },
    }


def columns(
    labels: Sequence[str],
    mine: Sequence[float | None],
    others: Sequence[float | None],
    *,
    names: tuple[str, str],
) -> Figure:
    """Shares of two groups as standing bars over an ordered scale."""
    return {
        "data": [
            _bars(names[0], labels, _hundredths(mine), MINE),
            _bars(names[1], labels, _hundredths(others), OTHERS),
        ],
        "layout": {
            "barmode": "group",
            "bargap": 0.3,
            "xaxis": {"type": "category"},
            "yaxis": SHARES,
        },
    }


def _bars(
    name: str, labels: Sequence[str], values: Sequence[float | None], colour: str, *, lying: bool = False
) -> Figure:
    places = apart(labels)
    sides = {"y": places, "x": list(values)} if lying else {"x": places, "y": list(values)}
    return {
        "type": "bar",
        "name": plain(name),
        "orientation": "h" if lying else "v",
        "marker": {"color": colour, "cornerradius": 2},
        **sides,
    }


def money_bars(labels: Sequence[str], values: Sequence[float], *, name: str, prefix: str) -> Figure:
    """Money by stretch of time."""
    return {
        "data": [_bars(name, labels, values, MINE)],
        "layout": {
            "showlegend": False,
            "xaxis": {"type": "category"},
            "yaxis": {"tickprefix": prefix, "tickformat": "~s", "hoverformat": ",.0f"},
        },
    }


def curve(
    places: Sequence[int],
    mine: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    others: Sequence[float | None],
    *,
    names: tuple[str, str],
) -> Figure:
    """A line of shares with its interval, and the others' line beside it."""
    edge: Figure = {
        "type": "scatter",
        "mode": "lines",
        "x": list(places),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return {
        "data": [
            edge | {"y": _hundredths(low)},
            edge
            | {
                "y": _hundredths(high),
                "fill": "tonexty",
                "fillcolor": "--accent/0.18",
                "showlegend": True,
                "name": "interval, 95 %",
            },
            _line(names[1], places, _hundredths(others), "--ink-3", "dot", 1.5),
            _line(names[0], places, _hundredths(mine), MINE, "solid", 2.5),
        ],
        "layout": {
            "xaxis": {
                "dtick": 1,
                "title": {"text": "30 days after the first purchase", "font": {"size": 12}},
            },
            "yaxis": SHARES,
        },
    }


def _line(
    name: str, places: Sequence[int], values: Sequence[float | None], colour: str, dash: str, width: float
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(name),
        "x": list(places),
        "y": list(values),
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"color": colour, "size": 5},
    }


def week(rows: Sequence[Sequence[float]], days: Sequence[str]) -> Figure:
    """A heat map of the week: a row a day, a column an hour."""
    hours = [f"{hour:02d}" for hour in range(24)]
    return {
        "data": [
            {
                "type": "heatmap",
                "z": [_hundredths(row) for row in rows],
                "x": hours,
                "y": list(days),
                "xgap": 2,
                "ygap": 2,
                "colorscale": [[0, "--track"], [0.001, "--accent/0.08"], [1, "--accent"]],
                "showscale": False,
                "hovertemplate": f"%{{y}}, %{{x}} o’clock: %{{z:.1~f}}{NARROW}%<extra></extra>",
            }
        ],
        "layout": {
            "height": 260,
            "hovermode": "closest",
            "xaxis": {"type": "category", "showgrid": False},
            "yaxis": {"autorange": "reversed", "showgrid": False, "type": "category"},
        },
    }


def flow(
    labels: Sequence[str], links: Sequence[tuple[int, int, int]], *, stays: Sequence[bool], height: int
) -> Figure:
    """A sankey: nodes by label, links as (from, to, people); those who stay are drawn in grey."""
    return {
        "data": [
            {
                "type": "sankey",
                "arrangement": "snap",
                "textfont": {"color": "--ink", "size": 13},
                "node": {
                    "label": [plain(label) for label in labels],
                    "color": [MINE] * len(labels),
                    "pad": 18,
                    "thickness": 12,
                    "line": {"width": 0},
                    "hovertemplate": "%{label}: %{value:,}<extra></extra>",
                },
                "link": {
                    "source": [link[0] for link in links],
                    "target": [link[1] for link in links],
                    "value": [link[2] for link in links],
                    "color": ["--calm-mark/0.18" if stay else "--accent/0.4" for stay in stays],
                    "hovertemplate": "%{source.label} → %{target.label}: %{value:,}<extra></extra>",
                },
            }
        ],
        "layout": {"height": height, "hovermode": "closest", "margin": {"l": 8, "r": 8, "t": 16, "b": 16}},
    }
