"""Every page of the product, from its addresses: a new one is found by itself, and asks for what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crm.domain.roles import Permission, may

# What an address is about: by its name, else by the first word of its name, else by the name of the parameter alone;
# the words are those of `furnishing`.
ABOUT: dict[str, dict[str, str]] = {
    "contact": {"pk": "customer"},
    "contact_merges": {"pk": "survivor"},
    "note": {"pk": "customer", "note_pk": "note"},
    "interaction": {"pk": "customer"},
    "consent": {"pk": "customer"},
    "task_add": {"pk": "customer"},
    "task": {"pk": "task"},
    "company": {"pk": "company"},
    "attribute": {"pk": "attribute"},
    "import": {"pk": "import"},
    "operations": {"pk": "run"},
    "review": {"pk": "review"},
    "badge_key": {"pk": "desk"},
    "segment_filling_csv": {"slug": "listed", "pk": "filling"},
    "segment_log_line": {"pk": "line"},
    "segment_version_rehearsal": {"number": "one"},
    "goal": {"number": "goal"},
    "campaign": {"number": "campaign"},
    "": {"slug": "vip", "contact_id": "customer", "public": "public"},
}
FIXED = {"one": 1, "vip": "vip"}
# What is chosen by words in the address: each choice is a page of its own.
CHOICES = {
    "way": ("came", "went"),
    "part": ("location",),
    "group": ("allowed", "unrecorded", "withdrawn", "unreachable"),
}
# Deeds answer POST alone; what their addresses are about does not matter.
UNSAID = {"act": "done", "what": "reconcile", "prefix": "none", "number": 1, "pk": 1, "note_pk": 1}
# Other faces of a page: a search, a filter, a view, two things beside each other.
FACES: dict[str, tuple[str, ...]] = {
    "contacts": (
        "?q=anna",
        "?col=tasks_with&col=may_email&col=attribute:interests",
        "?q=nobody-is-called-so",
        "?segment=vip",
    ),
    "segments": ("?view=cards", "?q=zzzz", "?archived=1", "?sort=value"),
    "tasks": ("?whose=all", "?whose=all&state=done"),
    "duplicates": ("?show=dismissed",),
    "contact_merge": ("?with={survivor}", "?q=a"),
    "companies": ("?q=zzzz",),
    "segments_compare": ("?s=vip&s=active", "?s=vip&s=active&s=new&s=lost"),
    "segment_people": ("?in=vip", "?none=1"),
    "segment": ("?range=all",),
    "segment_members": ("?col=country&col=interests&col=birthday", "?q=zzzz"),
    "segment_hand": ("?past=1",),
    "segment_log": ("?way=in&cause=time",),
    "segments_movement": ("?in=vip&in=active",),
    "segment_versions_compare": ("?a=1&b=2",),
    "segment_new": ("?template=vip",),
    "campaigns": ("?q=zzzz",),
    "goals": ("?show=archived",),
}
# Fragments and pages that are nothing without a choice, with one, and what answers without on purpose.
ONLY_WITH = {
    "segment_people_csv": "?in=vip",
    "contact_why": "?segment=vip",
    "segment_values": "?attribute=country",
}
BESIDE_A_DRAFT = {"segment_draft_person"}  # a fragment of the builder, which its own tests open
REFUSED = {"/segments/people/": 400}
OPEN = {"account_login", "account_inactive", "health_live", "health_ready", "badge_script", "badge_frame"}
LEAVES = {"account_logout"}


@dataclass(frozen=True)
class Address:
    """A path of the product, its name, and the right it asks for; None: everybody who is signed in."""

    path: str
    name: str
    permission: Permission | None

    def opens_for(self, role: str) -> bool:
        """True if somebody of this role may read it."""
        return self.permission is None or may(role, self.permission)


def every_address(known: Mapping[str, Any]) -> list[Address]:
    """Every address outside the API, filled with what is `known` to be there, in all its faces."""
    found = []
    for pattern in _patterns():
        name = str(pattern.name)
        if name in OPEN | LEAVES | BESIDE_A_DRAFT:
            continue
        permission = getattr(pattern.callback, "permission", None)
        for arguments in _filled(name, str(pattern.pattern), known):
            path = reverse(name, kwargs=arguments)
            faces = (face.format(**known) for face in FACES.get(name, ()))
            found += [Address(path + face, name, permission) for face in (ONLY_WITH.get(name, ""), *faces)]
    return found


def _patterns(patterns: Any = None, before: str = "") -> Iterator[URLPattern]:
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            if not str(entry.pattern).startswith("api/"):
                yield from _patterns(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            yield entry


def _filled(name: str, pattern: str, known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    asked = re.findall(r"<(?:\w+:)?(\w+)>", pattern)
    about = {**ABOUT[""], **_about(name)}
    arguments = {}
    for parameter in asked:
        if parameter in about:
            word = about[parameter]
            arguments[parameter] = FIXED[word] if word in FIXED else known[word]
        elif parameter not in CHOICES:
            arguments[parameter] = UNSAID[parameter]
    chosen = next((parameter for parameter in asked if parameter in CHOICES), None)
    if chosen is None:
        yield arguments
    else:
        yield from (arguments | {chosen: choice} for choice in CHOICES[chosen])


def _about(name: str) -> Mapping[str, str]:
    words = name.split("_")
    for most in range(len(words), 0, -1):
        if (begun := "_".join(words[:most])) in ABOUT:
            return ABOUT[begun]
    return {}
