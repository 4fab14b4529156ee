"""The storeys and rooms, kept by import-linter and by a few looks at the source."""

import ast
import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "campaigns", "segments", "crm")
SOURCES = sorted(
    path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "misc",
    "services",
    "signals",
}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_imports_only_go_down(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_files_and_functions_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long, f"longer than {LONGEST_FUNCTION} lines: {', '.join(long)}"


def test_modules_are_named_for_what_they_hold():
    drains = [
        named(path) for path in SOURCES if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES
    ]
    assert not drains


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_import_of_our_own_inside_a_function(path):
    if path.name == "apps.py":
        return  # AppConfig.ready is the one place for it
    inner = [
        f"line {node.lineno}"
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in APPS)
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] in APPS for alias in node.names))
    ]
    assert not inner


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_signals(path):
    text = path.read_text(encoding="utf-8")
    assert "django.dispatch" not in text
    assert not re.search(r"\b(post|pre)_(save|delete)\b", text)


CLOCKS = re.compile(
    r"datetime\.now\(|datetime\.utcnow\(|timezone\.now\(|date\.today\(|\btime\.time\(|\bnow\(\)"
)
# The mirror dates a snapshot by when its reading began, which no caller can know.
OWN_CLOCK = {ROOT / "crm/kit/clock.py", ROOT / "segments/mirror/everyone.py"}
# A soak happens in real time: it sends changes by the second and sees when they show.
DOORS = {"pages", "api", "tasks.py", "management", "tasks", "soak"}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_the_clock_is_read_by_doors_only(path):
    room = path.relative_to(ROOT).parts[1]
    if {room, path.stem} & DOORS or path in OWN_CLOCK or path.parts[-2] == "config":
        return
    code = re.sub(r'""".*?"""|#[^\n]*', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = [match for match in CLOCKS.findall(code) if match]
    calls = [
        line.strip() for line in code.splitlines() if CLOCKS.search(line) and "everyone.now(" not in line
    ]
    assert not (found and calls), calls


def test_every_published_event_is_known():
    from config.reactions import REACTIONS

    published = set()
    for path in SOURCES:
        published |= set(re.findall(r'\bpublish\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    assert published
    assert published <= set(REACTIONS), "add them to config/reactions.py"


def test_every_task_sent_by_name_exists():
    from config.celery import app
    from config.reactions import REACTIONS
    from config.schedule import JOBS

    app.loader.import_default_modules()
    sent = {job.task for job in JOBS} | {r.task for found in REACTIONS.values() for r in found}
    assert not sorted(sent - set(app.tasks))
