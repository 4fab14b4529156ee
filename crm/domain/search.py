"""The words a contact is found by: folded, so that ‘Müller’, ‘MULLER’ and ‘muller’ are one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 64
MOST_WORDS = 6
# Letters that NFKD leaves whole, as people without them on their keyboard write them.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "’": "'"}
)
_BREAKS = re.compile(r"[\s,;:/\\|()\[\]{}\"“”„«»<>]+")
_INNER = re.compile(r"[^\w]+")
_PHONE = re.compile(r"^[+\d][\d\s().\-/]*$")


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms made plain."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold().translate(_LETTERS))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return "".join(sign for sign in kept if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))


def terms(
    first_name: str, last_name: str, identifiers: Iterable[tuple[str, str]], tags: Iterable[str] = ()
) -> set[str]:
    """Every word the contact is found by, each at most 64 characters; `tags` are the values of the list attribute.

    `identifiers` are (kind, normalised value): an e-mail address gives itself and the part before the @, a phone
    number its digits, an external id itself. A name with a hyphen or an apostrophe gives the whole and its parts.
    """
    found: set[str] = set()
    for name in (first_name, last_name):
        for word in _BREAKS.split(_spaced(name)):
            found.add(word.strip(".-'’_"))
            found.update(_INNER.split(word))
    for kind, value in identifiers:
        if kind == "phone":
            found.add(_digits(value))
        else:
            folded = "".join(fold(value).split())
            found.add(folded)
            if kind == "email":
                found.add(folded.partition("@")[0])
    found.update(tag_term(tag) for tag in tags)
    return {word[:LONGEST] for word in found if word}


def tag_term(tag: str) -> str:
    """The word that stands for a tag: `#early-bird` for ‘Early bird’. Tags are one where these are one."""
    folded = "-".join(fold(re.sub(r"\s", " ", tag)).split())
    return f"#{folded}"[:LONGEST] if folded else ""


def query_words(text: str) -> list[str]:
    """The words somebody typed, folded as `terms` folds, longest first, at most six; a phone number is one word."""
    folded = _spaced(text).strip().replace("(0)", "")
    if _PHONE.match(folded) and len(_digits(folded)) >= 3 and not _is_id(folded):
        return [_digits(folded)[:LONGEST]]
    words = {word.strip(".-'’_")[:LONGEST] for word in _BREAKS.split(folded)}
    return sorted(words - {""}, key=lambda word: (-len(word), word))[:MOST_WORDS]


def near(word: str) -> list[str]:
    """The words one slip of the keyboard away: a letter too many, missing, wrong, or two swapped; itself first.

    ‘ae’, ‘oe’ and ‘ue’ also stand for the letter without its dots, as ‘mueller’ for ‘müller’.
    """
    found = dict.fromkeys([word, undotted(word)])
    for base in list(found):
        for place in range(len(base)):
            before, after = base[:place], base[place + 1 :]
            found.setdefault(before + after)
            if after:
                found.setdefault(before + after[0] + base[place] + after[1:])
        for place in range(len(base) + 1):
            for sign in _alphabet(base):
                found.setdefault(base[:place] + sign + base[place:])
                if place < len(base):
                    found.setdefault(base[:place] + sign + base[place + 1 :])
    found.pop("", None)
    return list(found)


def slips(one: str, other: str, *, most: int = 2) -> int:
    """How many slips lie between two words (Damerau's distance with adjacent swaps); more than `most` is `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    two_before: list[int] = []
    before = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        now = [row]
        for column, letter in enumerate(other, 1):
            cost = min(before[column] + 1, now[-1] + 1, before[column - 1] + (sign != letter))
            if row > 1 and column > 1 and sign == other[column - 2] and one[row - 2] == letter:
                cost = min(cost, two_before[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        two_before, before = before, now
    return min(before[-1], most + 1)


def undotted(word: str) -> str:
    """‘mueller’ as ‘muller’, which ‘Müller’ folds to."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _alphabet(word: str) -> str:
    """The letters of the word's own script, and the signs of addresses and numbers where it has such."""
    signs = "abcdefghijklmnopqrstuvwxyz"
    if any("\u0400" <= sign <= "\u04ff" for sign in word):
        signs = "".join(map(chr, range(0x430, 0x450)))
    elif any("\u0370" <= sign <= "\u03ff" for sign in word):
        signs = "".join(map(chr, range(0x3B1, 0x3CA)))
    if any(not sign.isalpha() for sign in word):
        signs += "0123456789.-_@+"
    return "0123456789" if word.isdecimal() else signs


def after_prefix(prefix: str) -> str:
    """The end of the range of words that begin with `prefix`: `prefix <= word < after_prefix(prefix)`."""
    return prefix + "\U0010ffff"


def _spaced(text: str) -> str:
    return fold(re.sub(r"\s", " ", text))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def _is_id(text: str) -> bool:
    """`2024-0017` may be an external id as well: one run without spaces or plus is searched as written."""
    return not text.startswith("+") and " " not in text
