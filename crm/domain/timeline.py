"""How what happened with a customer reads on their timeline: one table of kinds, one shape of entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.kit.figures import money

PURCHASES, MESSAGES, SERVICE, NOTES = "purchases", "messages", "service", "notes"
GROUPS = {"": "All", PURCHASES: "Purchases", MESSAGES: "Messages", SERVICE: "Service", NOTES: "Notes"}

# kind, lower case with underscores -> (group, icon, how it reads)
KINDS: dict[str, tuple[str, str, str]] = {
    "purchase": (PURCHASES, "cart", "Bought"),
    "order": (PURCHASES, "cart", "Ordered"),
    "order_completed": (PURCHASES, "cart", "Ordered"),
    "return": (PURCHASES, "undo", "Sent back"),
    "refund": (PURCHASES, "undo", "Got money back"),
    "payment": (PURCHASES, "cart", "Paid"),
    "email": (MESSAGES, "mail", "E-mail"),
    "email_sent": (MESSAGES, "mail", "Was sent an e-mail"),
    "email_opened": (MESSAGES, "mail", "Opened an e-mail"),
    "email_clicked": (MESSAGES, "mail", "Followed a link in an e-mail"),
    "email_bounced": (MESSAGES, "alert", "An e-mail came back"),
    "unsubscribed": (MESSAGES, "cross", "Unsubscribed"),
    "sms": (MESSAGES, "mail", "Text message"),
    "letter": (MESSAGES, "mail", "Letter"),
    "chat": (MESSAGES, "note", "Chat"),
    "call": (SERVICE, "phone", "Call"),
    "meeting": (SERVICE, "meeting", "Meeting"),
    "ticket": (SERVICE, "ticket", "Opened a ticket"),
    "ticket_closed": (SERVICE, "ticket", "Ticket closed"),
    "complaint": (SERVICE, "alert", "Complained"),
    "survey": (SERVICE, "yes", "Answered a survey"),
    "note": (NOTES, "note", "Note"),
    "page_view": ("", "eye", "Looked at a page"),
    "login": ("", "key", "Signed in"),
}
_TEXTS = ("summary", "subject", "title", "product", "name", "description", "page", "url", "text")
_SHORT = 160


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. Other storeys make them too, see `crm.panels.TimelineSource`.

    `tone` is good, warn, bad or nothing; `chip` with its `hue` is a segment's name set after the title.
    """

    at: datetime
    icon: str
    title: str
    detail: str = ""
    tone: str = ""
    chip: str = ""
    hue: int = 0
    url: str = ""
    by: str = ""
    source: str = ""
    key: int = 0


def plain(kind: str) -> str:
    """A kind as the table spells it: `Page View` and `page-view` are `page_view`."""
    return "_".join(kind.replace("-", " ").replace("_", " ").lower().split())


def spellings(group: str) -> set[str]:
    """How the kinds of a group are written by those who send them."""
    names = {kind for kind, row in KINDS.items() if row[0] == group}
    spaced = {name.replace("_", " ") for name in names}
    return names | spaced | {name.title() for name in spaced} | {name.capitalize() for name in spaced}


def interaction_entry(
    *,
    at: datetime,
    kind: str,
    amount: Decimal | None,
    currency: str,
    properties: Mapping[str, Any],
    source: str,
    key: int,
) -> Entry:
    """An interaction as a line: what it was, for how much, and what its properties tell."""
    _, icon, words = KINDS.get(plain(kind), ("", "spark", readable(kind)))
    title = words if amount is None else f"{words}, {money(amount.normalize(), currency)}"
    main = next((name for name in _TEXTS if _text(properties.get(name))), "")
    rest = (name for name in properties if name != main and _text(properties[name]))
    parts = [_text(properties[main])] if main else []
    parts += [f"{readable(name)}: {_text(properties[name])}" for name, _ in zip(rest, range(3), strict=False)]
    if source and source != "form":
        parts.append(source)
    return Entry(at=at, icon=icon, title=title, detail=" · ".join(parts), source="interaction", key=key)


def readable(name: str) -> str:
    """`order_number` as ‘Order number’."""
    words = " ".join(name.replace("_", " ").split()) or name
    return words[:1].upper() + words[1:]


def shown(value: Any) -> str:
    """A stored value for people: yes and no, lists with commas, nothing as a dash."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value)


def change_detail(
    changes: Mapping[str, Any], labels: Mapping[str, str], hidden: Iterable[str], most: int = 4
) -> str:
    """`City: Graz → Wien`, for at most `most` changes; what the reader may not see is named, not shown."""
    secret = set(hidden)
    parts = []
    for name, (before, after) in list(changes.items())[:most]:
        label = labels.get(name, readable(name))
        if name in secret:
            parts.append(f"{label}: hidden, sensitive")
        elif before in (None, "", []):
            parts.append(f"{label}: {_clip(shown(after))}")
        else:
            parts.append(f"{label}: {_clip(shown(before))} → {_clip(shown(after))}")
    if len(changes) > most:
        parts.append(f"and {len(changes) - most} more")
    return " · ".join(parts)


def _text(value: Any) -> str:
    if value in (None, "", []) or isinstance(value, dict):
        return ""
    return _clip(shown(value))


def _clip(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
