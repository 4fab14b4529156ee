"""Tells the rules of segments in the words of today: names change, and so does how a sentence is put."""

from __future__ import annotations

from segments.engine.language.check import check
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.sentence import write
from segments.models import Segment
from segments.queries.catalogue import catalogue


def retell_sentences() -> int:
    """How many segments got another sentence for the rule they have; their versions keep what was said at the time."""
    known, told = catalogue(), 0
    followed = Segment.objects.live().filter(kind=Segment.DYNAMIC)
    for pk, slug, version, rule, sentence in followed.values_list(
        "pk", "slug", "version", "rule", "sentence"
    ):
        try:
            now = write(check(parse_document(rule), known, slug=slug), known.labels)
        except Refused:
            continue  # what it names is gone: the last sentence that could be told stands
        if now != sentence:
            told += Segment.objects.filter(pk=pk, version=version).update(sentence=now)
    return told
