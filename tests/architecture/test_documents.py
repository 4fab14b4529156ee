"""Documents keep up with the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_variable_is_documented_and_every_documented_one_exists():
    source = (ROOT / "config/env.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    documented = set(
        re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), flags=re.MULTILINE)
    )
    assert read == documented


def test_the_root_holds_what_a_newcomer_needs():
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md", "LICENSE"):
        assert (ROOT / name).stat().st_size > 200


def test_links_between_documents_lead_somewhere():
    documents = {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")}
    for path in documents:
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_root_is_free_of_litter():
    known = {
        ".ci",
        ".git",
        ".gitignore",
        ".venv",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "GLOSSARY.md",
        "LICENSE",
        "README.md",
        "bench",
        "campaigns",
        "config",
        "crm",
        "docs",
        "manage.py",
        "pyproject.toml",
        "requirements-dev.in",
        "requirements-dev.txt",
        "requirements.in",
        "requirements.txt",
        "segments",
        "static",
        "templates",
        "tests",
        "var",
        "staticfiles",
        ".pytest_cache",
        ".ruff_cache",
        ".mypy_cache",
        ".hypothesis",
        ".import_linter_cache",
        ".github",
    }
    assert {entry.name for entry in ROOT.iterdir()} <= known
