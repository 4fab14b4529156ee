"""A column has the type of the values of those who stand: what somebody had before they changed has no say."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from segments.engine.judging.agreeing import Agreement, Part
from segments.engine.judging.evaluate import judge
from segments.engine.judging.population import Builder, Population
from segments.engine.language.parse import parse_document


def people(*values: object) -> Population:
    builder = Builder()
    for key, value in enumerate(values):
        builder.add_contact(key, {"code": value})
        builder.add_interaction(key, "order", key, {"code": value})
    return builder.build()


def test_a_value_of_one_who_fell_does_not_make_a_column_mixed() -> None:
    snapshot, patch = people("01234", 7, "1234"), people("01234")
    stands = np.array([True, False, True])
    agreed = Agreement([Part(snapshot, stands), Part(patch)])
    assert agreed.type_of("attributes", "code") == "text"
    assert agreed.type_of("properties", "code") == "text"
    everybody = Agreement([Part(snapshot), Part(patch)])
    assert everybody.type_of("attributes", "code") is None
    assert everybody.type_of("properties", "code") is None


def test_each_part_reads_values_by_the_type_that_all_share() -> None:
    """Alone, `10.0` would be text, which 10 is not; beside a number the two share no type, and compare as numbers."""
    attribute = {"attribute": "code", "op": "is", "value": 10}
    bought = {"interaction": "order", "where": [{"property": "code", "op": "is", "value": 10}]}
    for rule in (attribute, bought):
        asked = {"asked": parse_document({"version": 1, "rule": rule})}
        alone, beside = [Part(people("10.0", "ten"))], [Part(people("10.0", "ten")), Part(people(10))]
        found = [
            [judge(part, asked, as_of=9, zone=ZoneInfo("UTC")).members["asked"].tolist()
             for part in Agreement(parts).typed(asked.values())]
            for parts in (alone, beside)
        ]  # fmt: skip
        assert found == [[[False, False]], [[True, False], [True]]]
