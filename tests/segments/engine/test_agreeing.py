"""A column has the type of the values of those who stand: what somebody had before they changed has no say."""

from __future__ import annotations

import numpy as np

from segments.engine.judging.agreeing import Agreement, Part
from segments.engine.judging.population import Builder, Population


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
