"""What the builder's addresses share: reading a JSON body, saying what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, JsonResponse

from segments.engine.language.refusals import Refused
from segments.mirror.everyone import Preparing
from segments.queries.building.turns import Turn

MOST_EXACT = 2**53 - 1  # the largest whole number that a browser holds exactly


class Unreadable(ValueError):
    """The body of a request is not what this address reads; the message says what is."""


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object a request carries. Raises `Unreadable`."""
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unreadable("The request could not be read: send a JSON object.") from None
    if not isinstance(found, dict):
        raise Unreadable("The request could not be read: send a JSON object.")
    return found


def for_browsers(found: Any) -> Any:
    """The same, with whole numbers that a browser would round as text: a rule reads numeric text exactly."""
    if isinstance(found, dict):
        return {key: for_browsers(part) for key, part in found.items()}
    if isinstance(found, list | tuple):
        return [for_browsers(part) for part in found]
    return str(found) if isinstance(found, int) and abs(found) > MOST_EXACT else found


def slug_of(body: dict[str, Any]) -> str:
    """The segment that is being edited, or nothing."""
    slug = body.get("segment", "")
    return slug if isinstance(slug, str) else ""


def refusal(refused: Refused, status: int = 400, sentence: str = "") -> JsonResponse:
    """A refused rule as an answer: a sentence, and each problem with its place."""
    number = len(refused.problems)
    words = "one thing needs" if number == 1 else f"{number} things need"
    return JsonResponse(
        {
            "sentence": sentence or f"This segment was not saved: {words} a look.",
            "count": None,
            "problems": [asdict(problem) for problem in refused.problems],
        },
        status=status,
    )


def unread(problem: Exception, status: int = 400) -> JsonResponse:
    """An answer that says what is wrong with the request."""
    return JsonResponse({"sentence": str(problem), "count": None, "problems": []}, status=status)


def turn_of(request: HttpRequest, body: dict[str, Any]) -> Turn | None:
    """Which of the questions of one open page this is: the newest one wins."""
    told, user = body.get("turn"), request.user
    if not isinstance(told, dict) or not isinstance(told.get("number"), int) or user.pk is None:
        return None
    return Turn(user.pk, str(told.get("of", ""))[:100], told["number"])


def preparing(state: Preparing) -> JsonResponse:
    """Something is read for the first time: the browser asks again in a while."""
    return JsonResponse({"sentence": str(state), "count": None, "problems": [], "again": True})
