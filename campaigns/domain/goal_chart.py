"""The chart of a goal as data for Plotly. Colours are names of the visual system's tokens; the page fills them in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.domain.metrics import METRICS, Unit
from campaigns.domain.pace import Forecast, Point, Terms
from crm.kit.figures import NARROW

DAYS = {"type": "date", "tickformat": "%-d %b\n%Y", "hoverformat": "%-d %b %Y"}


def goal_chart(
    metric: str, terms: Terms, points: Sequence[Point], forecast: Forecast | None
) -> dict[str, Any]:
    """Traces and layout: the daily values, the path to the target, the forecast's interval."""
    traces: list[dict[str, Any]] = []
    if forecast is not None and points and points[-1].on < terms.due_on:
        traces += _forecast(terms, points[-1], forecast)
    if terms.baseline is not None:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "path to the target",
                "x": [terms.begins_on.isoformat(), terms.due_on.isoformat()],
                "y": [float(terms.baseline), float(terms.target)],
                "line": {"color": "--ink-3", "width": 1.5, "dash": "dash"},
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers" if len(points) < 20 else "lines",
            "name": "actual",
            "x": [point.on.isoformat() for point in points],
            "y": [float(point.value) for point in points],
            "line": {"color": "--accent", "width": 2.5},
            "marker": {"color": "--accent", "size": 6},
        }
    )
    if METRICS[metric].unit is Unit.SHARE:
        # Plotly's own percentages would stand without the space that texts have.
        traces = [trace | {"y": [round(100 * value, 6) for value in trace["y"]]} for trace in traces]
    return {"data": traces, "layout": {"xaxis": DAYS, "yaxis": _axis(metric)}}


def _forecast(terms: Terms, newest: Point, forecast: Forecast) -> list[dict[str, Any]]:
    days = [newest.on.isoformat(), terms.due_on.isoformat()]
    value = float(newest.value)
    edge: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return [
        edge | {"y": [value, forecast.low], "showlegend": False},
        edge
        | {
            "y": [value, forecast.high],
            "name": "forecast, 80 % interval",
            "fill": "tonexty",
            "fillcolor": "--accent/0.18",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": "trend",
            "x": days,
            "y": [value, forecast.middle],
            "showlegend": False,
            "line": {"color": "--accent", "width": 1.5, "dash": "dot"},
        },
    ]


def _axis(metric: str) -> dict[str, Any]:
    unit = METRICS[metric].unit
    if unit is Unit.SHARE:
        return {"tickformat": ",.1~f", "ticksuffix": f"{NARROW}%"}
    return {"tickformat": ",~r" if unit is Unit.COUNT else ",~f"}
