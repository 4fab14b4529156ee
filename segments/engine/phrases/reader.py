"""Reading a sentence: where it stands, what was understood, what was assumed, what can be read two ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from segments.engine.phrases.times import When, when_at
from segments.engine.phrases.tokens import Token
from segments.engine.phrases.vocabulary import Lexicon

Json = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """Words that can be read in several ways: `options` in words, and which was taken."""

    key: str
    text: str
    options: tuple[str, ...]
    taken: int


@dataclass
class Reader:
    """Walks over the words of a sentence."""

    tokens: list[Token]
    lexicon: Lexicon
    today: date
    decisions: Mapping[str, int]
    at: int = 0
    understood: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def word(self, ahead: int = 0) -> str:
        """The folded word some places ahead; nothing past the end or for a quoted text."""
        place = self.at + ahead
        if not 0 <= place < len(self.tokens) or self.tokens[place].quoted:
            return ""
        return self.tokens[place].word or self.tokens[place].text

    def take(self, end: int) -> None:
        """These words, up to `end`, have been understood."""
        self.understood.update(range(self.at, end))
        self.at = max(self.at, end)

    def skip(self, *words: str) -> bool:
        """Steps over these words as long as they come; true where there was one."""
        began = self.at
        while self.word() in words and not self.done:
            self.take(self.at + 1)
        return self.at > began

    def step(self, *words: str) -> bool:
        """Steps over one of these words, if one stands here."""
        if self.done or self.word() not in words:
            return False
        self.take(self.at + 1)
        return True

    def said(self, *phrases: str) -> bool:
        """Steps over the first of these phrases that stands here."""
        for phrase in phrases:
            words = phrase.split()
            if [self.word(ahead) for ahead in range(len(words))] == words:
                self.take(self.at + len(words))
                return True
        return False

    def text(self, start: int, end: int) -> str:
        """The words from one place to another as they were written."""
        return " ".join(token.text for token in self.tokens[start:end])

    def note(self, sentence: str) -> None:
        if sentence and sentence not in self.notes:
            self.notes.append(sentence)

    def choose(self, place: int, topic: str, text: str, options: list[str], default: int = 0) -> int:
        """Which of several readings is meant: the one decided on before, else `default`."""
        key = f"{place}:{topic}"
        taken = self.decisions.get(key, default)
        if not 0 <= taken < len(options):
            taken = default
        if key not in {choice.key for choice in self.choices}:
            self.choices.append(Choice(key, text, tuple(options), taken))
        return taken

    def when(self) -> When | None:
        """The time that stands here, stepped over."""
        found = when_at(self.tokens, self.at, self.today)
        if found is None:
            return None
        self.take(found[1])
        self.note(found[0].note)
        return found[0]
