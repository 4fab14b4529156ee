"""The words of a sentence, folded so that case, accents, hyphens and plurals do not matter."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MOST_WORDS = 200
ISOLATES = "\u2068\u2069"
_WORD = re.compile(
    r"‘(?P<single>[^’]*)’|“(?P<double>[^”]*)”|\"(?P<plain>[^\"]*)\""
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d+(?:[.,]\d+)*(?:k|x|st|nd|rd|th)?(?!\w)|[€$£]|>=|<=|[<>=+()]|[,;]"
    r"|(?<=[\dk])[-–](?=[€$£]?\d)|(?<=\d )[-–](?= [€$£]?\d)"
    r"|[Nn]on(?=-\w)|\w[\w@.'’-]*\w|\w"
)
_IRREGULAR = {"women": "woman", "men": "man", "children": "child", "wives": "wife", "shoes": "shoe"}
_DROPPED = re.compile(r"['’.\-_]")


@dataclass(frozen=True)
class Token:
    """A word as written, folded, and where it stands. A quoted text is one word."""

    text: str
    word: str
    start: int
    end: int
    quoted: bool = False


def fold(text: str) -> str:
    """Without case, accents, hyphens and apostrophes: ‘E-Mail’ -> ‘email’."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _DROPPED.sub("", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def stem(word: str) -> str:
    """A folded word without its plural: ‘categories’ -> ‘category’."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def read(text: str) -> list[Token]:
    """The words of a text, at most `MOST_WORDS`."""
    found = []
    for match in _WORD.finditer(unicodedata.normalize("NFC", text)):
        inner = next((match[name] for name in ("single", "double", "plain") if match[name] is not None), None)
        written = match[0] if inner is None else inner.strip(ISOLATES)  # as our own sentences write it
        word = "to" if written in "-–" and inner is None else fold(written)  # ‘25-40’
        found.append(Token(written, word, match.start(), match.end(), inner is not None))
    return found[:MOST_WORDS]


def pieces(name: str) -> list[str]:
    """The folded words of a name: ‘email_opened’ and ‘EmailOpened’ -> email, opened."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [fold(word) for word in re.split(r"[\s_./:]+", spaced) if fold(word)]


def key_of(words: list[str]) -> str:
    """What a phrase is found under: its words run together, the last one in the singular."""
    return "".join(words[:-1]) + stem(words[-1]) if words else ""
