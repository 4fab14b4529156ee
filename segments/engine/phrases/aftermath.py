"""What came of it later: ‘and nothing since’, ‘came back after a year’, ‘never came back’."""

from __future__ import annotations

from datetime import date, timedelta

from segments.engine.phrases.deeds import Did
from segments.engine.phrases.done import tail
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.times import Span, span_at
from segments.engine.phrases.tokens import stem

_NOTHING = ("nothing since then", "nothing since", "nothing after that", "nothing afterwards", "none since then",
            "none since", "nothing more since", "no more since", "nothing ever since", "nothing more")  # fmt: skip
_NOT = ("not since then", "not since", "never since", "never again", "not again since", "not again",
        "not ever since")  # fmt: skip
_NOT_EARLIER = ("not before", "never before", "not earlier", "nothing before", "nothing earlier", "not ever before",
                "none before")  # fmt: skip
_BACK = ("came back", "come back", "coming back", "been back", "reactivated", "won back")
_STAYED_AWAY = tuple(
    f"{no} {back}" for no in ("never", "not", "didnt", "havent", "hasnt", "never have", "never has")
    for back in ("came back", "come back", "been back")
)  # fmt: skip


def nothing_since(reader: Reader, before: Did) -> Did | None:
    """‘bought last winter but nothing since’: what was not done after the time that was told; stepped over."""
    earlier = _before(before.window)
    if earlier is not None and not before.steps and reader.said(*_NOT_EARLIER):
        return Did(before.kind, where=list(before.where), window=earlier)
    later = _after(before.window)
    if later is None or before.steps or before.regular or before.shape:
        return None
    if reader.said(*_NOTHING):
        return Did(before.kind, window=later)
    return Did(before.kind, where=list(before.where), window=later) if reader.said(*_NOT) else None


def _before(window: Json | None) -> Json | None:
    """The time before a window that ends now; None where it has no beginning that a rule can name."""
    window = window or {}
    if "last" in window:
        return {"before_last": window["last"]}
    if "from" in window and "to" not in window:
        return {"to": (date.fromisoformat(window["from"]) - timedelta(days=1)).isoformat()}
    return None


def _after(window: Json | None) -> Json | None:
    """The time after a window, up to now; None where it ends now, or has no end."""
    window = window or {}
    if "to" in window:
        return {"from": (date.fromisoformat(window["to"]) + timedelta(days=1)).isoformat()}
    if "between_ago" in window:
        return {"last": window["between_ago"][1]}
    if "before_last" in window:
        return {"last": window["before_last"]}
    period = window.get("period", "")
    if period == "yesterday":
        return {"period": "today"}
    return {"period": period.replace("last_", "this_")} if period.startswith("last_") else None


def came_back(reader: Reader) -> Did | None:
    """‘came back after a year’: did not buy for that long, and did again."""
    kind = reader.lexicon.concepts.get("buy")
    if kind is None or reader.word() == "been" or not reader.said(*_BACK):
        return None
    reader.skip("to", "us", "again")
    did = Did(kind, shape="restarted")
    if not again_after(reader, did):
        tail(reader, did)
        if did.reach and not did.window:
            did.window, did.reach = {"last": did.reach}, None
        if not again_after(reader, did):
            reader.note(
                "‘came back’ was read as: long ago, then not for a while, and again in the last 30 days."
            )
    return did


def again_after(reader: Reader, did: Did) -> bool:
    """‘… after a year’, ‘… after more than 6 months’: how long nothing was done in between."""
    if reader.word() not in ("after", "following"):
        return False
    here = reader.at + 1
    if (reader.word(1), reader.word(2)) in (("at", "least"), ("more", "than"), ("longer", "than")):
        here += 2
    here += reader.tokens[here].word == "over" if here < len(reader.tokens) else 0
    found = span_at(reader.tokens, here)
    if found is None:
        return False
    reader.take(found[1])
    reader.said("of nothing", "of silence", "away", "without buying", "break", "off")
    tail(reader, did)
    if did.reach and not did.window:
        did.window, did.reach = {"last": did.reach}, None
    did.shape, did.gap = "restarted", found[0]
    near = did.near()
    reader.note(
        f"‘after {_told(found[0])}’ was read as: again in the last {_told(near)}, and before that nothing for at least "
        f"{_told(found[0])}."
    )
    return True


def _told(span: Span) -> str:
    return f"{span[0]} {span[1]}{'s' if span[0] != 1 else ''}"


def stays_away(reader: Reader) -> bool:
    """Whether these words say that somebody did not come back."""
    said = {" ".join(reader.word(step) for step in range(length)) for length in (3, 4)}
    return not said.isdisjoint(_STAYED_AWAY)


def stayed_away(reader: Reader) -> Did | Json | None:
    """‘never came back’: bought once; ‘have not been back in 6 months’: bought earlier, and not since."""
    kind = reader.lexicon.concepts.get("buy")
    if kind is None or not (stays_away(reader) and reader.said(*_STAYED_AWAY)):
        return None
    if reader.said("since", "after"):
        reader.skip("that", "their", "the", "his", "her")
        reader.said("first")
        if stem(reader.word()) in ("purchase", "order", "visit"):
            reader.take(reader.at + 1)
    when = reader.when()
    span = when.window.get("last") if when and when.window else None
    if span:
        bare: Json = {"interaction": kind.name}
        return {
            "all": [{**bare, "window": {"before_last": span}}, {"not": {**bare, "window": {"last": span}}}]
        }
    reader.note("‘never came back’ was read as: bought exactly once.")
    return Did(kind, measure={"fn": "count"}, op="eq", value=1)
