"""The words of one account: what its attributes, kinds, values and segments are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from segments.engine.phrases.synonyms import (
    ARTICLES,
    ATTRIBUTES,
    CONCEPTS,
    EVERYDAY,
    FILLERS,
    LANGUAGES,
    NAMES_OF_PEOPLE,
    NEGATIONS,
    SPENT,
    VALUES,
)
from segments.engine.phrases.tokens import Token, fold, key_of, pieces

LONGEST = 6
MOST_WORDS_OF_A_VALUE = 6
Sort = Literal["value", "segment", "kind", "attribute", "property value", "property"]


@dataclass(frozen=True)
class Field:
    """An attribute or a property, and the values it has in the data (texts only)."""

    name: str
    label: str
    type: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of interaction and its properties."""

    name: str
    properties: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """What this person may name in this account; `segments` are (slug, name)."""

    attributes: tuple[Field, ...] = ()
    kinds: tuple[Kind, ...] = ()
    segments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Meaning:
    """One thing that words may stand for."""

    sort: Sort
    field: Field | None = None
    kind: Kind | None = None
    value: str = ""
    segment: str = ""

    @property
    def told(self) -> str:
        """What it would ask, as a choice is offered."""
        if self.sort == "segment":
            return f"in the segment {self.value}"
        label = self.field.label if self.field else ""
        return f"{label} is {self.value}" if self.sort == "value" else label


class Lexicon:
    """Finds what the words of a sentence stand for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.meanings: dict[str, list[Meaning]] = {}
        self.fields = {field.name: field for field in vocabulary.attributes}
        self.concepts = dict(_concepts(vocabulary.kinds))
        for field in vocabulary.attributes:
            self._attribute(field)
        self._synonyms()
        for kind in vocabulary.kinds:
            self._kind(kind)
        self._verbs()
        for concept, kind in self.concepts.items():
            for said in CONCEPTS[concept][0]:
                self._add(_key(said), Meaning("kind", kind=kind))
        for slug, name in vocabulary.segments:
            for known in (name, slug.replace("-", " ")):
                self._add(key_of(pieces(known)), Meaning("segment", segment=slug, value=name))

    def _add(self, key: str, meaning: Meaning) -> None:
        held = self.meanings.setdefault(key, [])
        if key and meaning not in held:
            held.append(meaning)

    def _attribute(self, field: Field) -> None:
        for name in (field.name, field.label):
            self._add(key_of(pieces(name)), Meaning("attribute", field=field))
        for key in _ends_of(field):
            self._add(key, Meaning("attribute", field=field))
        if field.name in NAMES_OF_PEOPLE:
            return
        for key, value in _keys_of_values(field):
            self._add(key, Meaning("value", field=field, value=value))

    def _synonyms(self) -> None:
        for said, names in ATTRIBUTES.items():
            field = next((self.fields[name] for name in names if name in self.fields), None)
            if field is not None:
                self._add(_key(said), Meaning("attribute", field=field))

    def _verbs(self) -> None:
        """The bare verb of a kind, where only one kind has it: ‘cancelled’, ‘attended’, ‘invited’."""
        claimed: dict[str, set[Kind]] = {}
        for kind in self.vocabulary.kinds:
            for verb in _verbs_of(kind.name):
                claimed.setdefault(key_of([verb]), set()).add(kind)
        said = {_key(words) for concept in self.concepts for words in CONCEPTS[concept][0]}
        for key, kinds in claimed.items():
            taken = {meaning.sort for meaning in self.meanings.get(key, ())} & {"kind", "attribute", "value"}
            if len(kinds) == 1 and not taken and key not in said and key not in FILLERS | SPENT:
                self._add(key, Meaning("kind", kind=next(iter(kinds))))

    def _kind(self, kind: Kind) -> None:
        for key in _keys_of_kind(kind.name):
            self._add(key, Meaning("kind", kind=kind))
        for field in kind.properties:
            self._add(key_of(pieces(field.name)), Meaning("property", field=field, kind=kind))
            for key, value in _keys_of_values(field):
                self._add(key, Meaning("property value", field=field, kind=kind, value=value))

    def at(self, tokens: list[Token], at: int) -> tuple[list[Meaning], int] | None:
        """Everything the longest phrase from here may stand for, and where it ends."""
        for key, end in _phrases(tokens, at):
            if key in self.meanings:
                return self.meanings[key], end
        return None

    def each(self, tokens: list[Token], at: int, *sorts: Sort) -> tuple[list[Meaning], int] | None:
        """As `at`, of some sorts only."""
        for key, end in _phrases(tokens, at):
            found = [meaning for meaning in self.meanings.get(key, ()) if meaning.sort in sorts]
            if found:
                return found, end
        return None

    def value_in(self, field: Field, tokens: list[Token], at: int) -> tuple[str, int] | None:
        """The value of this very field that begins here."""
        known = dict(_keys_of_values(field))
        spoken = LANGUAGES.get(tokens[at].word, ()) if at < len(tokens) else ()
        for key, end in _phrases(tokens, at):
            if key in known:
                return known[key], end
            for other in spoken if end == at + 1 else ():
                if _key(other) in known:
                    return known[_key(other)], end
        return None

    def near(self, word: str) -> str | None:
        """A word of this account that differs little from one that nobody knows."""
        if len(word) < 4:
            return None
        known = (*self.meanings, *EVERYDAY)
        alike = [key for key in known if key[:1] == word[0] and abs(len(key) - len(word)) < 3]
        swapped = next((key for key in alike if len(key) > 4 and sorted(key) == sorted(word)), None)
        return swapped or next(iter(get_close_matches(word, alike, n=1, cutoff=0.84)), None)


def _phrases(tokens: list[Token], at: int) -> Iterator[tuple[str, int]]:
    """The phrases that begin here, the longest first: what each is found under, and where it ends."""
    if at >= len(tokens):
        return
    if tokens[at].quoted:
        yield key_of(pieces(tokens[at].text)), at + 1
        return
    found: list[tuple[str, int]] = []
    words: list[str] = []
    here = at
    while here < len(tokens) and len(words) < LONGEST and not tokens[here].quoted:
        token = tokens[here]
        here += 1
        if not token.word[:1].isalnum():
            break
        if words and token.word in ARTICLES:
            continue
        words.append(token.word)
        found.append((key_of(words), here))
    yield from reversed(found)


def _key(said: str) -> str:
    return key_of(pieces(said))


def _keys_of_values(field: Field) -> Iterator[tuple[str, str]]:
    """What the values of a field are found under. Short and everyday words stand for themselves only when quoted."""
    held: dict[str, str] = {}
    for value in field.values:
        words = pieces(value)
        key = key_of(words)
        plain = len(words) == 1 and (words[0] in FILLERS or words[0] in NEGATIONS or words[0].isdigit())
        if not key or plain or len(words) > MOST_WORDS_OF_A_VALUE or len(value) > 120:
            continue
        held.setdefault(key, value)
    short = {key for key in held if len(key) < 2}
    for said, meant in VALUES.items():
        target = next((held[_key(one)] for one in meant if _key(one) in held), None)
        if target is not None:
            held.setdefault(_key(said), target)
    yield from ((key, value) for key, value in held.items() if key not in short)


def _keys_of_kind(name: str) -> Iterator[str]:
    words = pieces(name.removesuffix("*"))
    if not words:
        return
    for order in (words, [*words[1:], words[0]], [words[-1], *words[:-1]]):
        yield key_of(order)
        for index, word in enumerate(order):
            for tense in _tenses(word):
                yield key_of([*order[:index], tense, *order[index + 1 :]])


_NOUNS = (("cation", "ced"), ("ation", "ate"), ("ation", "ed"), ("ation", "er"), ("ance", ""), ("ion", ""),
          ("ing", ""))  # fmt: skip
_BLAND = frozenset(
    {"sent", "made", "created", "placed", "completed", "submitted", "started", "added", "received"}
)


def _verbs_of(name: str) -> Iterator[str]:
    """What somebody did by a kind of this name: ‘plan_upgraded’ -> upgraded, upgrade; ‘donation’ -> donated."""
    words = pieces(name.removesuffix("*"))
    if not words:
        return
    word = words[0] if len(words) > 1 and words[-1] in _BLAND else words[-1]
    bases = {
        word[: -len(end)] + verb for end, verb in _NOUNS if word.endswith(end) and len(word) > len(end) + 2
    }
    if word.endswith("ication"):
        bases.add(f"{word[:-7]}y")
    if word.endswith("ed") and len(words) > 1:
        bases |= {word[:-2], word[:-1]}
    if words[-1] in _BLAND or word in ("transfer", "refer"):
        bases.add(word)
    for base in bases:
        yield base
        yield from _tenses(base)
        if base.endswith("y"):
            yield f"{base[:-1]}ied"
        if base.endswith("r"):
            yield f"{base}red"
        if base.endswith("l"):
            yield f"{base}led"


TO_COME = frozenset({"end", "ends", "ending", "expires", "expiry", "expiration", "renewal", "due", "until"})
_ENDS = ("end", "ends", "ending", "ended", "expires", "expired", "expiring", "expire", "runs out", "ran out")


def _ends_of(field: Field) -> Iterator[str]:
    """‘contract expires’, ‘trial ends’, ‘renews’ for dates called contract_end, trial_ends_on, renewal_date."""
    words = pieces(field.name)
    if field.type not in ("date", "instant"):
        return
    at = next((place for place, word in enumerate(words) if word in TO_COME), 0)
    if at and words[at] != "until":
        for end in _ENDS:
            yield key_of([*words[:at], *end.split()])
    if "renewal" in words:
        yield from ("renew", "renewing", "renewal", "upforrenewal")


def _tenses(word: str) -> Iterable[str]:
    if word.endswith("ed") and len(word) > 4:
        base = word[:-2]
        return (base, f"{base}e", f"{base}ing")
    if word.endswith("e"):
        return (f"{word}d", f"{word[:-1]}ing")
    return (f"{word}ed", f"{word}ing")


def _concepts(kinds: tuple[Kind, ...]) -> Iterator[tuple[str, Kind]]:
    """For each concept the account's kind for it: by its usual names first, then by a word within its name."""
    by_name = {fold("".join(pieces(kind.name))): kind for kind in reversed(kinds)}
    for concept, (_, names) in CONCEPTS.items():
        folded = [fold("".join(pieces(name))) for name in names]
        found = next((by_name[name] for name in folded if name in by_name), None)
        if found is None:
            single = {fold(name) for name in names if len(pieces(name)) == 1}
            found = next((kind for kind in kinds if single & set(pieces(kind.name))), None)
        if found is not None:
            yield concept, found
