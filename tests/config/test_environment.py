"""Settings from the environment: safe by default, and production refuses what is not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import UnsafeSetting, read_environment

SAFE = {
    "FACET_MODE": "production",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "facet.example",
    "DATABASE_URL": "postgres://facet@db/facet",
    "REDIS_URL": "redis://cache/0",
}


def test_without_any_variable_it_is_local_and_closed(tmp_path: Path) -> None:
    env = read_environment({"FACET_DATA": str(tmp_path)})
    assert env.mode == "local"
    assert env.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert env.database_url == f"sqlite:///{tmp_path / 'facet.sqlite3'}"


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = read_environment({"FACET_DATA": str(tmp_path)}).secret_key
    assert len(first) >= 40
    assert read_environment({"FACET_DATA": str(tmp_path)}).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_production_starts_with_safe_settings(tmp_path: Path) -> None:
    assert read_environment({**SAFE, "FACET_DATA": str(tmp_path)}).mode == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", ""),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ""),
        ("DATABASE_URL", "sqlite:///facet.sqlite3"),
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
        ("DEBUG", "true"),
    ],
)
def test_production_refuses_an_unsafe_setting_by_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeSetting, match=name):
        read_environment({**SAFE, "FACET_DATA": str(tmp_path), name: value})


def test_every_unsafe_setting_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSetting) as refused:
        read_environment({"FACET_MODE": "production", "FACET_DATA": str(tmp_path)})
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"):
        assert name in str(refused.value)


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSetting, match="FACET_MODE"):
        read_environment({"FACET_MODE": "prod", "FACET_DATA": str(tmp_path)})


def test_the_command_line_refuses_too(tmp_path: Path) -> None:
    env = {**os.environ, "FACET_MODE": "production", "FACET_DATA": str(tmp_path), "SECRET_KEY": "x"}
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "SECRET_KEY must be set" in done.stderr
