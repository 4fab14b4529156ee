"""Builds any rule in the builder as people do: by mouse, or by keyboard alone (Tab, arrows, typing, Enter)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from playwright.sync_api import expect

Json = dict[str, Any]
MOST_TABS = 400
SORTS = {"attribute": "Something known", "interaction": "Something they did", "segment": "In another segment",
         "sequence": "One thing after", "regular": "Something they do reg"}  # fmt: skip


class Builder:
    """The outline of a rule on a page, with a hand that may only use the mouse or only the keyboard."""

    def __init__(self, page: Any, *, keyboard: bool, labels: dict[str, str], kinds: dict[str, str]) -> None:
        self.page = page
        self.keyboard = keyboard
        self.labels = labels
        self.kinds = kinds
        self.sent: Json = {}
        page.on("request", self._hear)

    def _hear(self, request: Any) -> None:
        if request.url.endswith("/segments/preview/") and request.method == "POST":
            self.sent = request.post_data_json["document"]

    # --- the hand ---------------------------------------------------------------------------------
    def key(self, name: str) -> Any:
        """The control of this key."""
        return self.page.locator(f'[data-key="{name}"]')

    def reach(self, control: Any) -> None:
        """By keyboard: press Tab until the control has the focus."""
        control.wait_for(state="visible")
        for _ in range(MOST_TABS):
            if control.evaluate("node => node === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {control}")

    def press(self, control: Any) -> None:
        """Press a button."""
        if self.keyboard:
            self.reach(control)
            self.page.keyboard.press("Enter")
        else:
            control.click()

    def type(self, control: Any, text: str) -> None:
        """Put a text into a field."""
        if not self.keyboard:
            control.fill(text)
            return
        self.reach(control)
        if control.get_attribute("type") == "date":
            year, month, day = text.split("-")
            self.page.keyboard.type(f"{month}{day}{year}")
        elif control.get_attribute("type") == "datetime-local":
            written = datetime.fromisoformat(text)
            self.page.keyboard.type(f"{written:%m%d%Y}")
            self.page.keyboard.press("ArrowRight")
            self.page.keyboard.type(f"{written:%I%M%p}")
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)

    def day(self, name: str, text: str) -> None:
        """A day, or a moment on the account's clock."""
        if len(text) > len("2026-01-31"):
            self.press(self.key(f"{name}:word"))
            self.press(self.page.locator(".picker").get_by_role("button", name="With a time"))
        self.type(self.key(name), text)

    def select(self, name: str, value: Any) -> None:
        """Choose an option; by keyboard with the arrows."""
        wanted = (
            {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        )
        control = self.key(name)
        if not self.keyboard:
            control.select_option(wanted)
            return
        self.reach(control)
        for _ in range(60):
            now, target = self.key(name).evaluate(
                "(node, wanted) => [node.selectedIndex, [...node.options].findIndex(one => one.value === wanted)]",
                wanted,
            )
            if now == target:
                return
            self.page.keyboard.press("ArrowDown" if now < target else "ArrowUp")
        raise AssertionError(f"{wanted} cannot be chosen at {name}")

    def pick(self, words: str, *, stays: bool = False) -> None:
        """Choose in the open picker what begins with these words; `stays`: it, or another one, is open after that."""
        picker = self.page.locator(".picker")
        search = picker.get_by_role("searchbox")
        if self.keyboard:
            expect(search).to_be_focused()
        if self.keyboard:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(words)
        else:
            search.fill(words)
        first = picker.locator(".choice").first
        expect(first).to_have_text(re.compile(f"^{re.escape(words)}", re.IGNORECASE))
        if self.keyboard:
            self.page.keyboard.press("Enter")
        else:
            first.click()
        if not stays:
            expect(search).to_have_count(0)

    def more(self, node: str, action: str) -> None:
        """An action of a node's menu."""
        self.press(self.key(f"{node}:more"))
        self.press(self.page.locator(".picker").get_by_role("button", name=action))

    # --- the tree -----------------------------------------------------------------------------------
    def build(self, rule: Json) -> None:
        """Build a rule that is a group into the empty outline."""
        root = self.page.locator("#outline > .group").get_attribute("data-node")
        self._group(root, rule)

    def _group(self, node: str, rule: Json) -> None:
        mode, parts = _mode(rule)
        self._mode(node, mode.removeprefix("not "))
        for part in parts:
            self._part(node, part)
        if mode == "not all":
            self.more(node, "Negate")

    def _mode(self, node: str, mode: str) -> None:
        wanted = self.key(f"{node}:{mode}")
        if wanted.is_checked():
            return
        if not self.keyboard:
            wanted.locator("..").click()
            return
        self.reach(self.page.locator(f'input[name="mode-{node}"]:checked'))
        for _ in range(3):
            if self.key(f"{node}:{mode}").is_checked():
                return
            self.page.keyboard.press("ArrowRight")

    def _part(self, parent: str, rule: Json) -> None:
        inner = rule.get("not", rule)
        if _mode(rule)[1] is not None:
            self.press(self.key(f"{parent}:addgroup"))
            self._group(self._newest(parent), rule)
            return
        shape = next(name for name in SORTS if name in inner)
        self.press(self.key(f"{parent}:addcondition"))
        self.pick(SORTS[shape], stays=shape in ("attribute", "interaction", "segment"))
        getattr(self, f"_begin_{shape}")(inner)
        node = self._newest(parent)
        getattr(self, f"_{shape}")(node, inner)
        if "not" in rule:
            self.more(node, "Negate")

    def _newest(self, parent: str) -> str:
        item = self.page.locator(f'.group[data-node="{parent}"] > ol > li').last
        node: str = item.get_attribute("data-item")
        return node

    # --- conditions -----------------------------------------------------------------------------------
    def _begin_attribute(self, rule: Json) -> None:
        self.pick(self.labels[rule["attribute"]])

    def _begin_interaction(self, rule: Json) -> None:
        self.pick(self.kinds[rule["interaction"]])

    def _begin_segment(self, rule: Json) -> None:
        self.pick(self.labels[f"segment:{rule['segment']}"])

    def _begin_sequence(self, rule: Json) -> None:
        pass

    _begin_regular = _begin_sequence

    def _attribute(self, node: str, rule: Json) -> None:
        self._compared(node, rule)
        if "held_for" in rule:
            self.more(node, "For at least")
            self._span(f"{node}:held", rule["held_for"])
        if "offset_days" in rule:
            self.more(node, "Seen from another day")
            self.type(self.key(f"{node}:offset"), str(rule["offset_days"]))
        if rule.get("empty") is False:
            self.more(node, "Leave out who has no value")

    def _compared(self, at: str, rule: Json) -> None:
        """The operator and value of an attribute or property."""
        self.select(f"{at}:op", rule["op"])
        value = rule.get("value")
        if value is None:
            return
        if isinstance(value, bool):
            self.select(f"{at}:value", value)
        elif (
            isinstance(value, list)
            and len(value) == 2
            and value[1] in ("minute", "hour", "day", "week", "month", "year")
        ):
            self._span(f"{at}:value", value)
        elif isinstance(value, list) and rule["op"].startswith("between"):
            for index, end in enumerate(value):
                put = self.day if rule["op"] == "between_dates" else self._put
                put(f"{at}:value:{index}", str(end))
        elif self.key(f"{at}:value").evaluate("node => node.tagName") == "BUTTON":
            self.press(self.key(f"{at}:value"))
            many = isinstance(value, list)
            for one in value if many else [value]:
                self.pick(str(one), stays=many)
            if many:
                self.page.keyboard.press("Escape")
        elif self.key(f"{at}:value").evaluate("node => node.tagName") == "SELECT":
            self.select(f"{at}:value", value)
        elif rule["op"] in ("on", "before", "after"):
            self.day(f"{at}:value", str(value))
        else:
            self.type(self.key(f"{at}:value"), str(value))

    def _put(self, name: str, text: str) -> None:
        self.type(self.key(name), text)

    def _span(self, at: str, span: list[Any]) -> None:
        self.type(self.key(f"{at}:n"), str(span[0]))
        self.select(f"{at}:u", span[1])

    def _where(self, at: str, tests: list[Json]) -> None:
        for index, test in enumerate(tests):
            self.press(self.key(f"{at}:addwhere"))
            self.pick(test["property"])
            self._compared(f"{at}:where{index}", test)

    def _window(self, at: str, window: Json | None) -> None:
        if window is None:
            return
        form = "range" if {"from", "to"} & window.keys() else next(iter(window))
        self.select(f"{at}:window", form)
        if form in ("last", "before_last"):
            self._span(f"{at}:window:span", window[form])
        elif form == "between_ago":
            self._span(f"{at}:window:far", window[form][0])
            self._span(f"{at}:window:near", window[form][1])
        elif form == "period":
            self.select(f"{at}:window:period", window["period"])
        else:
            for end in ("from", "to"):
                if end in window:
                    self.day(f"{at}:window:{end}", window[end])

    def _interaction(self, node: str, rule: Json) -> None:
        self._where(node, rule.get("where", []))
        measure = rule.get("measure")
        self.select(f"{node}:how", rule.get("pick") or (measure or {}).get("fn") or "")
        if measure:
            if "property" in measure:
                self.press(self.key(f"{node}:property"))
                self.pick(measure["property"])
            self.select(f"{node}:op", rule["op"])
            ends = rule["value"] if isinstance(rule["value"], list) else [rule["value"]]
            for name, end in zip(("n", "n2"), ends, strict=False):
                self.type(self.key(f"{node}:{name}"), str(end))
        self._window(node, rule.get("window"))

    def _sequence(self, node: str, rule: Json) -> None:
        for index, step in enumerate(rule["sequence"]):
            if index > 1:
                self.press(self.key(f"{node}:addstep"))
            self.press(self.key(f"{node}:step{index}:what"))
            self.pick(self.kinds[step["interaction"]])
            self._where(f"{node}:step{index}", step.get("where", []))
        if rule["sequence"][-1].get("absent"):
            self.select(f"{node}:step{len(rule['sequence']) - 1}:then", "not")
        self._span(f"{node}:within", rule["within"])
        if rule.get("window"):
            self._window(node, rule["window"])
        else:
            self.select(f"{node}:window", "")

    def _regular(self, node: str, rule: Json) -> None:
        self.press(self.key(f"{node}:what"))
        self.pick(self.kinds[rule["regular"]["interaction"]])
        self._where(node, rule["regular"].get("where", []))
        self._span(f"{node}:every", rule["every"])
        for name in ("times", "at_least", "of_last"):
            if name in rule:
                self.type(self.key(f"{node}:{name}"), str(rule[name]))

    def _segment(self, node: str, rule: Json) -> None:
        self.select(f"{node}:op", rule["op"])
        if "for" in rule:
            self.more(node, "For at least")
            self._span(f"{node}:for", rule["for"])

    # --- the answer -----------------------------------------------------------------------------------
    def counted(self) -> int:
        """The exact count of the whole, once the newest edit has been counted."""
        self.page.wait_for_timeout(250)
        expect(self.page.locator("body.counting")).to_have_count(0)
        total = self.page.locator("#total")
        expect(total).to_have_text(re.compile(r"^[\d,]+$"))
        return int(total.inner_text().replace(",", ""))


def _mode(rule: Json) -> tuple[str, Any]:
    """How a group combines, and its parts; None where the rule is a condition."""
    if "all" in rule:
        return "all", rule["all"]
    if "any" in rule:
        return "any", rule["any"]
    inner = rule.get("not", {})
    if "all" in inner:
        return "not all", inner["all"]
    return ("none", inner["any"]) if "any" in inner else ("", None)
