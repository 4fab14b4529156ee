"""Puts the clauses of a sentence together: and, or, but, not, then; what was not understood is kept word by word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from segments.engine.phrases import advice, aftermath, ages, beginnings, done, habits, known
from segments.engine.phrases.deeds import Did
from segments.engine.phrases.joining import Clause, join_clauses
from segments.engine.phrases.numbers import number_at, quantity_at
from segments.engine.phrases.reader import Choice, Json, Reader
from segments.engine.phrases.synonyms import ARTICLES, FILLERS, GRAMMAR, NEGATIONS, RELATIVES, SPENT
from segments.engine.phrases.times import days_at
from segments.engine.phrases.tokens import Token, read, stem
from segments.engine.phrases.vocabulary import Lexicon, Meaning

DEEPEST = 8
MOST_CORRECTED = 10
_JOINTS = {"and": "and", "&": "and", "or": "or", "but": "but", ",": ",", ";": ","}
_HAVING = frozenset(
    {"with", "without", "has", "have", "no", "get", "gets", "receive", "receives", "the", "our"}
)
_EVERYONE = frozenset({"everyone", "everybody", "anyone", "anybody", "all"})
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


def draft(text: str, lexicon: Lexicon, *, today: date, decisions: Mapping[str, int] | None = None) -> Drafted:
    """The draft of a rule that a sentence asks for; empty where nothing was understood."""
    tokens = read(text)
    tokens, corrected = _corrected(tokens, lexicon)
    reader = Reader(tokens, lexicon, today, decisions or {})
    for note in corrected:
        reader.note(note)
    rule = join_clauses(reader, _clauses(reader, 0))
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
    if (
        word in FILLERS
        or stem(word) in FILLERS
        or word in NEGATIONS
        or word in GRAMMAR | SPENT
        or number_at(tokens, index)
    ):
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
        if _denies(reader):
            joint, turned = _denied_joint(reader, joint), True
            continue
        if reader.said(*_THEN) or (found and reader.word() == "before" and _stepped(reader)):
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
            group = join_clauses(reader, _clauses(reader, depth + 1, either=reader.at))
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
        content = _group(reader, depth) if reader.word() == "(" else _only(reader) or _clause(reader)
        if content is None:
            content = _elided(
                reader, found[-1].content if found else None, "but" if turned or then else joint
            )
        if content is None and reader.at > place:
            continue
        if content is not None:
            _forget_bare(reader, found, Clause(joint, content, turned, then, place))
            found.append(Clause(joint, content, turned, then, place))
            joint, turned, then = "", False, False
        elif advice.advised(reader):
            continue
        elif reader.word() in RELATIVES:
            joint = "or" if joint == "or" else "who"
            reader.take(reader.at + 1)
        elif reader.word() in FILLERS:
            reader.take(reader.at + 1)
        elif not advice.bare_time(reader):
            reader.at += 1  # not understood
    return _ended(reader, found, turned)


def _forget_bare(reader: Reader, found: list[Clause], clause: Clause) -> None:
    """Forgets the ‘bought’ of ‘bought no shoes’: nothing else need have been bought."""
    before = found[-1].content if found else None
    same = isinstance(before, Did) and isinstance(clause.content, Did) and before == Did(clause.content.kind)
    if (
        same
        and clause.turned
        and not clause.joint
        and reader.tokens[clause.place - 1].word in ("no", "neither")
    ):
        found.pop()


def _ended(reader: Reader, found: list[Clause], turned: bool) -> list[Clause]:
    """The clauses; a word that denies, with nothing behind it, was not understood: ‘bought but never’."""
    behind = range(reader.at - 1, -1, -1)
    denied = next((at for at in behind if reader.tokens[at].word in NEGATIONS), None) if turned else None
    if denied is not None and reader.understood.issuperset(range(denied, reader.at)):
        reader.understood.discard(denied)
    return found


def _stepped(reader: Reader) -> bool:
    """Steps over the ‘before’ of ‘bought shoes before tents’."""
    return done.comes_later(reader) and reader.step("before")


def _own_words(reader: Reader, found: list[Clause], joint: str, depth: int) -> bool:
    """Steps over what hangs on the clause before, and what only our own sentences say: ‘except those …’, brackets."""
    if advice.compared(reader) or advice.was_before(reader):
        return True
    if found:
        rule = found[-1].content
        if isinstance(rule, Did):
            later = aftermath.nothing_since(reader, rule)
            if later is not None:
                found.append(Clause("and", later, turned=True, place=reader.at - 1))
                return True
            if (
                reader.word(-1) == "again"
                and not (rule.window or rule.where)
                and aftermath.again_after(reader, rule)
            ):
                return True
        began = reader.at
        told = known.bracketed(reader, rule if isinstance(rule, dict) and not found[-1].turned else {})
        found[-1].content = told or rule
        return reader.at > began
    if depth == DEEPEST or not (
        _everyone_but(reader) or reader.said("except those", "excluding those", "not those")
    ):
        return False
    found.append(Clause(joint, join_clauses(reader, _clauses(reader, depth + 1)), turned=True))
    return True


def _everyone_but(reader: Reader) -> bool:
    """Steps over ‘everyone but’, ‘all customers except’, behind which all that follows is left out."""
    length = 1 + (reader.word(1) in ("customers", "people", "members", "contacts"))
    left_out = reader.word(length) in ("but", "except", "excluding")
    if (
        reader.word() not in _EVERYONE
        or not left_out
        or reader.word(length + 1) in ("did", "have", "has", "not")
    ):
        return False
    reader.take(reader.at + length + 1)
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


def _denies(reader: Reader) -> bool:
    """Whether a word stands here that denies; ‘no more than 3’ is a comparison, and ‘no show’ may be a kind."""
    if reader.word() not in NEGATIONS or aftermath.stays_away(reader):
        return False
    if reader.word(1) in ("more", "fewer", "less") and reader.word(2) == "than":
        return reader.word() not in ("no", "not")
    named = reader.lexicon.each(reader.tokens, reader.at, "kind", "segment", "attribute")
    return named is None


def _only(reader: Reader) -> Did | None:
    """‘only buys on sale’: and never anything else."""
    ahead = 2 if reader.word(1) in ("ever", "has", "have") else 1
    if reader.word() not in ("only", "exclusively") or not reader.lexicon.each(
        reader.tokens, reader.at + ahead, "kind"
    ):
        return None
    start, seen = reader.at, set(reader.understood)
    reader.take(reader.at + ahead)
    did = beginnings.begin(reader)
    if did is None:
        reader.at, reader.understood = start, seen
    elif did.may_be_alone():
        did.only = True
    elif not (did.measure or did.pick):
        reader.understood.discard(start)
    return did


def _group(reader: Reader, depth: int) -> Json | None:
    if depth >= DEEPEST:
        return None
    reader.take(reader.at + 1)
    rule = join_clauses(reader, _clauses(reader, depth + 1))
    reader.step(")")
    return rule


def _clause(reader: Reader) -> Did | Json | None:
    """The clause that begins here, stepped over; None where none does."""
    aged = (
        aftermath.stayed_away(reader)
        or ages.age(reader)
        or habits.habit(reader)
        or aftermath.came_back(reader)
    )
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
        also = _also(reader, before)
        if also is not None:
            return also
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


def _also(reader: Reader, before: Did) -> Did | None:
    """‘in May or June’, ‘spent at least 100 but less than 200’: another time or limit of what was done before."""
    days = (
        days_at(reader.tokens, reader.at, reader.today)
        if (before.window or {}).keys() & {"from", "to"}
        else None
    )
    if days and not before.measure:
        reader.take(days[2])
        window = {"from": days[0].isoformat(), "to": days[1].isoformat()}
        return replace(before, window=window, where=list(before.where))
    found = quantity_at(reader.tokens, reader.at) if before.measure else None
    after = reader.tokens[found[1]].word if found and found[1] < len(reader.tokens) else ","
    if (
        found is None
        or not found[0].op
        or after not in (",", "and", "or", "but", "in", "this", "last", "since")
    ):
        return None
    more = replace(before, where=list(before.where))
    more.measured(dict(before.measure or {}), found[0])
    reader.take(found[1])
    return more


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
