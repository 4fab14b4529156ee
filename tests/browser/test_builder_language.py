"""The whole rule language opens in the builder and is written again as it came: rules drawn at random, none refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from segments.engine.language.check import check
from segments.engine.language.parse import parse_rule
from segments.engine.language.refusals import Refused
from segments.pages.building.asking import for_browsers
from tests.reference.drawing import cases
from tests.reference.production import KNOWN

from .test_builder_work import open_new

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

OPEN_AND_WRITE = """async rules => {
  const tree = await import('/static/js/builder/tree.js');
  const {conditionParts, finished} = await import('/static/js/builder/conditions.js');
  const data = {attributes: [], kinds: [], segments: [], valuesOf: async () => ({items: []})};
  return rules.map(rule => {
    const root = tree.readDocument({version: 1, rule});
    const nodes = [...tree.walk(root)].map(([node]) => node);
    const shown = nodes.filter(node => node.type === 'condition').map(node => {
      const place = document.createElement('div');
      place.append(...conditionParts({data, key: node.id, rule: node.rule, put: () => {}, hold: () => {}}));
      return place;
    });
    return {
      again: tree.writeDocument(root, finished).document.rule,
      kept: nodes.filter(node => node.type === 'kept').length,
      empty: shown.filter(place => place.querySelector('.unset, [aria-invalid=true]')).map(place => place.textContent),
      unnamed: shown.flatMap(place => [...place.querySelectorAll('input, select, button')])
        .filter(node => !node.getAttribute('aria-label') && !node.textContent.trim()).length,
    };
  });
}"""


def drawn(number: int, start: int) -> list[Any]:
    """Rules that saving would accept, every shape and window among them."""
    found: list[Any] = []

    @settings(max_examples=number, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @seed(start)
    @given(cases())
    def keep(case: dict[str, Any]) -> None:
        try:
            check(parse_rule(case["rule"]), KNOWN)
        except Refused:
            return
        found.append(for_browsers(case["rule"]))  # as the page brings it

    keep()
    return found


def test_every_rule_opens_and_is_written_as_it_came(watch: Any) -> None:
    marketer = watch()
    marketer.sign_in("marketer")
    page = open_new(marketer)
    rules = drawn(600, 1)
    assert len(rules) > 400
    text = str(rules)
    for part in (
        *("sequence", "absent", "regular", "times", "held_for", "offset_days", "between_ago", "before_last"),
        *(
            "'from'",
            "'to'",
            "period",
            "pick",
            "distinct_weeks",
            "'for'",
            "anniversary_month",
            "'empty': False",
        ),
        *("matches", "order*", "'not': {'not'"),
    ):
        assert part in text, part
    for rule, seen in zip(rules, page.evaluate(OPEN_AND_WRITE, rules), strict=True):
        assert seen == {"again": rule, "kept": 0, "empty": [], "unnamed": 0}, rule
