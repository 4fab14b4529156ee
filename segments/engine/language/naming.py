"""What people named or wrote, as it stands in a sentence: told apart, in quotation marks, turning nothing round."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from segments.engine.language.wording import WORDS

Labels = Mapping[str, str]
_SEGMENT = "segment:"
# Where a name ends and its operator begins, and how the next part of a sentence begins.
_VERBS = {words.split()[0] for words in WORDS.values()} | {"had"}
_OPENING = {"who", "whose", "not", "either"}
_PLAIN = re.compile(r"[^\W_][\w.-]*( [\w.-]+)*")
# Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX 9): they cannot be seen, only felt.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile(rf"[‘’\x00-\x1f\x7f\u2028\u2029]|{_TURNS.pattern}")
_FROM_THE_RIGHT = {"R", "AL", "AN"}
_ISOLATE = "\u2068{}\u2069"  # FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE


def label_of_segment(slug: str, labels: Labels) -> str:
    """What people call a segment, with its address where another has the same name."""
    name = labels.get(segment_key(slug), slug)
    same = sum(1 for key, label in labels.items() if label == name and key.startswith(_SEGMENT))
    return quoted(name) if same < 2 else f"{quoted(name)} ({slug})"


def segment_key(slug: str) -> str:
    """Under what `labels` holds the name of a segment; an attribute is held under its own name."""
    return f"{_SEGMENT}{slug}"


def label_of_attribute(name: str, labels: Labels) -> str:
    """What people call an attribute, with its own name where that could be taken for another's."""
    label = labels.get(name)
    if label is None:
        return quoted(name) if name in labels.values() else plain(name)
    if label != name and sum(1 for other in labels.values() if other == label) > 1:
        return f"{plain(label)} ({quoted(name)})"
    return plain(label)


def quoted(text: str) -> str:
    """What people wrote, so that it can be taken for nothing else."""
    if not _MARKS.search(text):
        return f"‘{isolated(text)}’"
    spelled = json.dumps(text, ensure_ascii=False)
    return isolated(_TURNS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", spelled))


def isolated(text: str) -> str:
    """Text with a letter or digit that is written from the right, kept from moving what stands beside it."""
    if text.isascii() or _FROM_THE_RIGHT.isdisjoint(map(unicodedata.bidirectional, text)):
        return text
    return _ISOLATE.format(text)


def plain(name: str) -> str:
    """A name as it stands in a sentence: in quotation marks where it could be taken for a word of it."""
    words = name.split(" ")
    if not _PLAIN.fullmatch(name) or words[0] in _OPENING or not _VERBS.isdisjoint(words):
        return quoted(name)
    return isolated(name)
