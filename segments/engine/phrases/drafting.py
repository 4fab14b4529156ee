"""Puts the clauses of a sentence together: and, or, but, not, then; what was not understood is kept word by word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from segments.engine.phrases import beginnings, done, habits, known
from segments.engine.phrases.done import Did
from segments.engine.phrases.numbers import number_at
from segments.engine.phrases.reader import Choice, Json, Reader
from segments.engine.phrases.synonyms import ARTICLES, FILLERS, GRAMMAR, NEGATIONS, RELATIVES
from segments.engine.phrases.tokens import Token, read
from segments.engine.phrases.vocabulary import Lexicon, Meaning

DEEPEST = 8
SHARING = frozenset({"and", "or", "but", ",and", ","})
MOST_CORRECTED = 10
_JOINTS = {"and": "and", "&": "and", "or": "or", "but": "but", ",": ",", ";": ","}
_HAVING = frozenset(
    {"with", "without", "has", "have", "no", "get", "gets", "receive", "receives", "the", "our"}
)
_BESIDES = frozenset({"without", "except", "excluding", "outside"})
_THEN = ("then", "afterwards", "followed by", "after that", "subsequently", "later")


@dataclass(frozen=True)
class Drafted:
    """What a sentence became. `words`: each word as written, and whether it was understood."""

    document: Json
    words: tuple[tuple[str, bool], ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    choices: tuple[Choice, ...]


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


def draft(text: str, lexicon: Lexicon, *, today: date, decisions: Mapping[str, int] | None = None) -> Drafted:
    """The draft of a rule that a sentence asks for; empty where nothing was understood."""
    tokens = read(text)
    tokens, corrected = _corrected(tokens, lexicon)
    reader = Reader(tokens, lexicon, today, decisions or {})
    for note in corrected:
        reader.note(note)
    rule = _joined(reader, _clauses(reader, 0))
    words = tuple((token.text, index in reader.understood) for index, token in enumerate(tokens))
    return Drafted(
        document={"version": 1, "rule": rule if set(rule) in ({"all"}, {"any"}) else {"all": [rule]}},
        words=words,
        unknown=tuple(word for word, understood in words if not understood),
        notes=tuple(reader.notes),
        choices=tuple(reader.choices),
    )


def _corrected(tokens: list[Token], lexicon: Lexicon) -> tuple[list[Token], list[str]]:
    """The words, a mistyped one replaced by the word of this account it is nearest to."""
    notes: list[str] = []
    for index, token in enumerate(tokens):
        if (
            len(notes) == MOST_CORRECTED
            or token.quoted
            or not token.word.isalpha()
            or _is_known(tokens, index, lexicon)
        ):
            continue
        near = lexicon.near(token.word)
        if near:
            tokens[index] = replace(token, word=near)
            notes.append(f"‘{token.text}’ was read as ‘{near}’.")
    return tokens, notes


def _is_known(tokens: list[Token], index: int, lexicon: Lexicon) -> bool:
    word = tokens[index].word
    if word in FILLERS or word in NEGATIONS or word in GRAMMAR or number_at(tokens, index):
        return True
    for start in range(max(0, index - 4), index + 1):
        found = lexicon.at(tokens, start)
        if found and found[1] > index:
            return True
    return False


def _clauses(reader: Reader, depth: int, either: int | None = None) -> list[Clause]:
    found: list[Clause] = []
    joint, turned, then = "", False, False
    while not reader.done:
        if reader.word() == ")" and depth:
            break
        if _own_words(reader, found, joint, depth):
            continue
        if _begins_with_number(reader) is False and reader.word() in NEGATIONS:
            joint, turned = _denied_joint(reader, joint), True
            continue
        if reader.said(*_THEN):
            if found and (reader.done or reader.word() in _JOINTS):
                found[-1].then = True  # ‘… and did not buy afterwards’
            else:
                then = True
            continue
        if either is not None and reader.word() in ("and", "but", ",") and _chose(reader, either):
            break
        if reader.word() == "either" and depth < DEEPEST:
            place = reader.at
            reader.take(reader.at + 1)
            group = _joined(reader, _clauses(reader, depth + 1, either=reader.at))
            if group != {"all": []}:
                found.append(Clause(joint, group, turned, then, place))
                joint, turned, then = "", False, False
            continue
        if reader.word() in _JOINTS:
            said = _JOINTS[reader.word()]
            joint = ",and" if (joint, said) == (",", "and") else said if joint in ("", ",") else joint
            reader.take(reader.at + 1)
            continue
        place = reader.at
        content = _group(reader, depth) if reader.word() == "(" else _clause(reader)
        if content is None:
            content = _elided(reader, found[-1].content if found else None, joint)
        if content is None and reader.at > place:
            continue
        if content is not None:
            found.append(Clause(joint, content, turned, then, place))
            joint, turned, then = "", False, False
        elif habits.advised(reader):
            continue
        elif reader.word() in RELATIVES:
            joint = "or" if joint == "or" else "who"
            reader.take(reader.at + 1)
        elif reader.word() in FILLERS:
            reader.take(reader.at + 1)
        else:
            reader.at += 1  # not understood
    return found


def _own_words(reader: Reader, found: list[Clause], joint: str, depth: int) -> bool:
    """Steps over what only our own sentences say: ‘except those …’, and in brackets who has no value."""
    if found:
        rule = found[-1].content
        began = reader.at
        told = known.bracketed(reader, rule if isinstance(rule, dict) and not found[-1].turned else {})
        found[-1].content = told or rule
        return reader.at > began
    if depth == DEEPEST or not reader.said("except those", "excluding those"):
        return False
    found.append(Clause(joint, _joined(reader, _clauses(reader, depth + 1)), turned=True))
    return True


def _denied_joint(reader: Reader, joint: str) -> str:
    """Steps over a word that denies; how what follows hangs on what came before."""
    if reader.word() == "nor":
        joint = "and"
    elif reader.word() in _BESIDES and joint == "":
        joint = "who"
    reader.take(reader.at + 1)
    return joint


def _chose(reader: Reader, start: int) -> bool:
    """Whether an ‘either’ that began there has come to its ‘or’."""
    return any(token.word == "or" and not token.quoted for token in reader.tokens[start : reader.at])


def _begins_with_number(reader: Reader) -> bool:
    """‘no more than 3’ and ‘not less than 5’ are comparisons, not negations."""
    return (
        reader.word() in ("no", "not")
        and reader.word(1) in ("more", "fewer", "less")
        and reader.word(2) == "than"
    )


def _group(reader: Reader, depth: int) -> Json | None:
    if depth >= DEEPEST:
        return None
    reader.take(reader.at + 1)
    rule = _joined(reader, _clauses(reader, depth + 1))
    reader.skip(")")
    return rule


def _clause(reader: Reader) -> Did | Json | None:
    """The clause that begins here, stepped over; None where none does."""
    aged = known.age(reader) or habits.habit(reader)
    if aged:
        return aged
    found = reader.lexicon.at(reader.tokens, reader.at)
    sorts = {meaning.sort for meaning in found[0]} if found else set()
    if not sorts & {"segment", "value"} or "kind" in sorts:
        did = beginnings.begin(reader)
        if did is not None:
            return did
    opened = _window_first(reader)
    if opened is not None:
        return opened
    if found is None:
        return None
    return _meant(reader, found[0], found[1])


def _elided(reader: Reader, before: Did | Json | None, joint: str) -> Did | None:
    """‘bought tents but not shoes’, ‘more than 3 times but less than 10 times’: more about what was done before."""
    if isinstance(before, Did) and not before.steps and not before.regular:
        if joint in ("", ",") and before.window is None and before.reach is None:
            done.tail(reader, before)
            return None
        began, seen = reader.at, set(reader.understood)
        more = done.tail(reader, Did(before.kind, where=list(before.where), apart=True))
        if more.measure or more.window or more.reach or len(more.where) > len(before.where):
            own = more.where[len(before.where) :]
            more.where = own or more.where
            more.window = more.window or (before.window if more.measure else None)
            return more
        reader.at, reader.understood = began, seen
    found = reader.lexicon.each(reader.tokens, reader.at, "property value")
    if found is None:
        return None
    kinds = [meaning.kind for meaning in found[0] if meaning.kind]
    kind = before.kind if isinstance(before, Did) and before.kind in kinds else kinds[0]
    did = done.tail(reader, Did(kind, apart=joint not in ("", ",")))
    return did if did.where else None


def _window_first(reader: Reader) -> Did | None:
    """‘in the last 90 days bought twice’: the time stands before what was done."""
    start, seen, notes = reader.at, set(reader.understood), list(reader.notes)
    when = reader.when()
    if when and when.window:
        reader.skip(",", "they", "have", "had", "who", "did")
        did = beginnings.begin(reader)
        if did is not None:
            did.window = did.window or when.window
            return done.tail(reader, did)
    reader.at, reader.understood, reader.notes = start, seen, notes
    return None


def _meant(reader: Reader, meanings: list[Meaning], end: int) -> Did | Json | None:
    usable = [meaning for meaning in meanings if meaning.sort in ("value", "segment", "attribute")]
    if not usable:
        return None
    start = reader.at
    order = sorted(usable, key=lambda meaning: _likely(reader, meaning))
    taken = 0
    if len(order) > 1:
        options = [meaning.told for meaning in order]
        taken = reader.choose(start, "meaning", reader.text(start, end), options)
    chosen = order[taken]
    if chosen.sort == "attribute" and chosen.field:
        before, seen = reader.at, set(reader.understood)
        reader.take(end)
        rule = known.attribute(reader, chosen.field)
        if rule is None:
            reader.at, reader.understood = before, seen
        return rule
    reader.take(end)
    if chosen.sort == "segment":
        return known.membership(reader, chosen)
    assert chosen.field is not None
    rule = known.listed(reader, chosen.field, chosen.value)
    named = reader.lexicon.each(reader.tokens, reader.at, "attribute")
    if named and any(meaning.field == chosen.field for meaning in named[0]):
        reader.take(named[1])  # ‘gold tier’
    return known.held(reader, rule)


def _likely(reader: Reader, meaning: Meaning) -> int:
    before = reader.word(-1) if reader.word(-1) not in ARTICLES else reader.word(-2)
    if before in ("segment", "group", "audience"):
        return 0 if meaning.sort == "segment" else 1
    if meaning.sort == "attribute" and before in _HAVING:
        return 0  # ‘with newsletter’, where some came through one; ‘without a phone’, where some prefer it
    return {"value": 1, "segment": 2, "attribute": 3}.get(meaning.sort, 4)


def _joined(reader: Reader, clauses: list[Clause]) -> Json:
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
        default = 1 if after.joint == "but" else 0
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
        if both and before.turned and not after.turned and after.joint == "or":
            options = ["neither of the two", "only the first is denied"]
            if reader.choose(after.place, "not", "not … or", options) == 0:
                after.turned, after.joint = True, "and"


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
