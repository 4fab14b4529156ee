"""Finds what somebody meant who mistyped: words that are there, one or two slips from those typed.

Every word one slip away is made up and asked for in the index by its beginning: some hundred to two thousand looks, a
few milliseconds, without a table of its own. Two slips are looked for in longer words, from their first half on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db import connection

from crm.domain.search import near, query_words, slips, undotted
from crm.models import SearchTerm
from crm.queries.search import Selection, dialled

SHORTEST, LONGEST = 3, 40
LONG = 6  # letters from which two slips are forgiven
KEPT = 12  # words taken instead of one
MOST_BEGINNINGS = 200
MOST_READ = 4_000
_LAST = "\U0010ffff"
_THERE = {
    "sqlite": """
        SELECT asked.value FROM json_each(%s) AS asked WHERE EXISTS (
            SELECT 1 FROM crm_searchterm WHERE term >= asked.value AND term < (asked.value || %s))""",
    "postgresql": """
        SELECT asked.value FROM json_array_elements_text(%s::json) AS asked(value) WHERE EXISTS (
            SELECT 1 FROM crm_searchterm WHERE term ~>=~ asked.value AND term ~<~ (asked.value || %s))""",
}
_LEAPS = """
WITH RECURSIVE found(beginning, word) AS (
    SELECT asked.value, (SELECT term FROM crm_searchterm WHERE term >= asked.value AND term < (asked.value || %s)
                         ORDER BY term LIMIT 1)
    FROM json_each(%s) AS asked
    UNION ALL
    SELECT beginning, (SELECT term FROM crm_searchterm WHERE term > found.word AND term < (found.beginning || %s)
                       ORDER BY term LIMIT 1)
    FROM found WHERE found.word IS NOT NULL
)
SELECT word FROM found WHERE word IS NOT NULL LIMIT %s
"""


def forgiven(selection: Selection, *, country: str) -> Iterator[Selection]:
    """The selection with other words in place of those typed, the likeliest first; none where nothing comes close.

    First only words that nobody has are replaced; then, since ‘Ana’ may be ‘Anna’, those too that somebody has.
    """
    words = query_words(selection.text)
    if not words or any(len(word) > LONGEST for word in words):
        return
    typed = tuple((word,) for word in words)
    close = [alternatives(word, *dialled(word, country)) for word in words]
    if not all(close):
        return
    nearest = tuple(
        (word,) if found[0] == word else tuple(found) for word, found in zip(words, close, strict=True)
    )
    if nearest != typed:
        yield replace(selection, instead=nearest)
    widest = tuple(tuple(found) for found in close)
    if widest not in (nearest, typed):
        yield replace(selection, instead=widest)


def alternatives(word: str, *others: str) -> list[str]:
    """What may be meant by a word: itself where words begin with it, then the nearest there are; at most twelve.

    `others` are other ways to write it. Words as a whole go before beginnings of words, one slip before two.
    """
    if len(word) < SHORTEST:
        return _there([word])
    there = _there([*near(word), *(found for other in others for found in near(other))])
    whole = set(SearchTerm.objects.filter(term__in=there).values_list("term", flat=True))
    plain = [found for found in (word, undotted(word)) if found in there]
    best = plain[-1:] if plain and plain[0] != word else plain[:1]
    close = [found for found in there if found in whole] or there
    if not best and not whole and len(word) >= LONG:
        close = _two_slips(word) or there
    if best and best[0] != word:
        close = []
    return list(dict.fromkeys([*best, *close]))[:KEPT]


def _two_slips(word: str) -> list[str]:
    beginnings = _there(near(word[: (len(word) + 1) // 2]))[:MOST_BEGINNINGS]
    close = {found for found in _words_from(beginnings) if slips(word, found) <= 2}
    return sorted(close, key=lambda found: (slips(word, found), found))


def _there(words: Sequence[str]) -> list[str]:
    """Those with which some word begins, in their order; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_THERE[connection.vendor], [json.dumps(words), _LAST])
        found = {value for (value,) in cursor.fetchall()}
    return [word for word in words if word in found]


def _words_from(beginnings: Sequence[str]) -> set[str]:
    """The different words that begin so, a bounded number: leaps from word to word through the index; one query."""
    if not beginnings:
        return set()
    sql = _LEAPS
    if connection.vendor == "postgresql":
        sql = sql.replace("term >=", "term ~>=~").replace("term >", "term ~>~").replace("term <", "term ~<~")
        sql = sql.replace("ORDER BY term", "ORDER BY term USING ~<~")
        sql = sql.replace("json_each(%s) AS asked", "json_array_elements_text(%s::json) AS asked(value)")
    with connection.cursor() as cursor:
        cursor.execute(sql, [_LAST, json.dumps(beginnings), _LAST, MOST_READ])
        return {word for (word,) in cursor.fetchall()}
