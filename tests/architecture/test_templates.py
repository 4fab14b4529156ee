"""What the strict Content-Security-Policy and the promise of ‘no other host’ ask of templates and static files."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from config.assets import PACKAGED

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(path for path in (ROOT / "static").rglob("*") if path.suffix in (".css", ".js", ".svg"))
SYMBOLS = set(re.findall(r'<symbol[^>]*\bid="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
NAMESPACES = ("http://www.w3.org/",)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_no_inline_code(path):
    text = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<style[\s>]", text), "style belongs into static/css"
    assert not re.search(r"\sstyle\s*=", text), "no style attribute"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "no event attribute"
    assert "hx-on" not in text
    assert "javascript:" not in text
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, flags=re.DOTALL):
        assert "src=" in attributes or "application/json" in attributes or not body.strip(), (
            "no inline script"
        )


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_user_text_stays_escaped(path):
    text = path.read_text()
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("path", TEMPLATES + STATIC, ids=named)
def test_nothing_from_another_host(path):
    text = path.read_text()
    found = [
        address
        for address in re.findall(
            r"""(?:src|href|action|url\(|import|fetch\()\s*=?\s*["'(]*((?:https?:)?//[^\s"')]+)""", text
        )
        if not address.startswith(NAMESPACES)
    ]
    assert not found


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_icons_exist(path):
    used = set(re.findall(r'\{%\s*icon\s+"([^"]+)"', path.read_text()))
    assert used <= {symbol.removeprefix("i-").removeprefix("icon-") for symbol in SYMBOLS} | SYMBOLS


def test_what_css_asks_of_plotly_is_there():
    """The halo that keeps lines out of the names of a flow hangs on a class that Plotly gives them."""
    css = (ROOT / "static/css/charts.css").read_text()
    asked = set(re.findall(r"\.chart \{.*?\n?.*?& \.([\w-]+)", css))
    assert asked == {"node-label"}
    package, path = PACKAGED["vendor/plotly.min.js"]
    bundle = (files(package) / path).read_text(encoding="utf-8")
    assert all(f'"{name}"' in bundle for name in asked)
