"""Puts the clauses of a sentence together: sequences, shared times, and, or, but, neither of two."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from segments.engine.phrases import known
from segments.engine.phrases.deeds import Did
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.synonyms import RELATIVES

SHARING = frozenset({"and", "or", "but", ",and", ","})


@dataclass
class Clause:
    """One part of a sentence and how it hangs on the one before it."""

    joint: str
    content: Did | Json
    turned: bool = False
    then: bool = False
    place: int = 0

    def rule(self) -> Json:
        """The rule of this clause, negated where the sentence said so."""
        if isinstance(self.content, Did):
            rule, turned = self.content.rule(), self.turned != self.content.nothing
            return {"not": rule} if turned else rule
        return known.negated(self.content) if self.turned else self.content


def join_clauses(reader: Reader, clauses: list[Clause]) -> Json:
    """The rule that these clauses make together; empty where there are none."""
    clauses = _sequences(reader, clauses)
    _share_windows(reader, clauses)
    _settle(reader, clauses)
    if not clauses:
        return {"all": []}
    return _all(
        [
            _any([_all([clause.rule() for clause in run]) for run in _split(part, "or")])
            for part in _split(clauses, "who")
        ]
    )


def _sequences(reader: Reader, clauses: list[Clause]) -> list[Clause]:
    """‘opened, then bought within 14 days’ and ‘opened but did not buy within 14 days’ become sequences."""
    found: list[Clause] = []
    for clause in clauses:
        before = found[-1].content if found else None
        did = clause.content
        follows = clause.then or (
            isinstance(did, Did) and did.reach is not None and clause.joint in ("and", "but", ",and")
        )
        plain = (
            isinstance(before, Did)
            and isinstance(did, Did)
            and not (before.measure or before.pick or found[-1].turned)
        )
        if follows and plain and isinstance(before, Did) and isinstance(did, Did) and not _absent(before):
            if did.reach is None:
                reader.note("‘then’ was read as within 7 days.")
            before.within = before.within or did.reach
            before.steps.append({**did.step(), **({"absent": True} if clause.turned else {})})
            before.window = before.window or did.window
            continue
        if isinstance(did, Did) and did.reach is not None:
            if isinstance(before, Did) and before.pick:
                reader.note(f"‘within {did.reach[0]} {did.reach[1]}s’ was read as counted back from today.")
            did.window, did.reach = did.window or {"last": did.reach}, None
        found.append(clause)
    return found


def _absent(did: Did) -> bool:
    return bool(did.steps) and did.steps[-1].get("absent") is True


def _share_windows(reader: Reader, clauses: list[Clause]) -> None:
    """‘bought and opened in the last 30 days’: the time may be meant for both."""
    for before, after in reversed(list(pairwise(clauses))):
        first, second = before.content, after.content
        if not (isinstance(first, Did) and isinstance(second, Did)) or after.joint not in SHARING:
            continue
        if first.window or first.steps or first.regular or second.steps or not second.window or first.pick:
            continue
        own = reader.tokens[after.place - 1].word in RELATIVES  # ‘who bought or who opened this week’
        default = 1 if after.joint == "but" or own else 0
        options = [
            f"for ‘{reader.tokens[before.place].text}’ too",
            f"only for ‘{reader.tokens[after.place].text}’",
        ]
        if reader.choose(after.place, "time", "the time", options, default) == 0:
            first.window = second.window


def _settle(reader: Reader, clauses: list[Clause]) -> None:
    """Commas take the joint that comes next; ‘did not A or B’ is neither."""
    for index in range(len(clauses) - 1, -1, -1):
        clause = clauses[index]
        if clause.joint == ",":
            later = clauses[index + 1].joint if index + 1 < len(clauses) else "and"
            clause.joint = "or" if later == "or" else "and"
        elif clause.joint == ",and":
            part = _split(clauses[:index], "who")[-1]
            clause.joint = "who" if any(earlier.joint == "or" for earlier in part) else "and"
        elif clause.joint == "but":
            clause.joint = "and"
    for before, after in pairwise(clauses):
        both = isinstance(before.content, Did) and isinstance(after.content, Did)
        own = reader.tokens[after.place - 1].word in RELATIVES  # ‘who did not buy or who opened’
        if both and before.turned and not after.turned and after.joint == "or" and not own:
            options = ["neither of the two", "only the first is denied"]
            if reader.choose(after.place, "not", "not … or", options) == 0:
                after.turned, after.joint = True, "and"
        elif _both_lacking(reader, before, after):
            after.turned, after.joint = True, "and"


def _both_lacking(reader: Reader, before: Clause, after: Clause) -> bool:
    """‘without phone or e-mail’: neither of the two."""
    known_of = isinstance(before.content, dict) and isinstance(after.content, dict)
    if not known_of or not before.turned or after.turned or after.joint != "or":
        return False
    places = reader.tokens[before.place - 1].word, reader.tokens[after.place - 1].word
    return places in (("without", "or"), ("no", "or"), ("without", "a"), ("without", "an"))


def _split(clauses: list[Clause], joint: str) -> list[list[Clause]]:
    runs: list[list[Clause]] = [[]]
    for clause in clauses:
        if clause.joint == joint and runs[-1]:
            runs.append([])
        runs[-1].append(clause)
    return runs


def _all(parts: list[Json], key: str = "all") -> Json:
    flat = [inner for part in parts for inner in (part[key] if set(part) == {key} else [part])]
    once = [part for index, part in enumerate(flat) if part not in flat[:index]]
    return once[0] if len(once) == 1 else {key: once}


def _any(parts: list[Json]) -> Json:
    return _all(parts, "any")
