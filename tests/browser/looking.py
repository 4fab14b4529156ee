"""What a test sees of a page: axe's serious findings, and what hangs over its edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

OVER = """() => {
  const page = document.documentElement, over = page.scrollWidth - page.clientWidth;
  if (over <= 0) return "";
  const widest = [...document.querySelectorAll("main *")].sort(
    (one, other) => other.getBoundingClientRect().right - one.getBoundingClientRect().right)[0];
  return `${over} px wider than the window: ${widest ? widest.outerHTML.slice(0, 160) : ""}`;
}"""
# Colours change in a transition: what is drawn is in the new theme only when that is over.
SETTLED = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  await frame();
  const ending = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
}"""


def change_look(page: Any, size: dict[str, int], scheme: str) -> None:
    """Show the page as it stands in another size and theme, and wait until it is."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)


def overhang(page: Any) -> str:
    """By how much and because of what a page is wider than its window; nothing where it is not."""
    return str(page.evaluate(OVER))


def serious(results: Any) -> Iterator[str]:
    """The findings of axe that keep people out, each in a line."""
    for finding in results.response["violations"]:
        if finding["impact"] in ("serious", "critical"):
            where = finding["nodes"][0]
            yield f"{finding['id']}: {finding['help']} at {where['target']} {where.get('failureSummary', '')[:200]}"
