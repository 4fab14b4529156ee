"""Reads the environment once, with types, and refuses what is unsafe in production.

Every variable is documented in `docs/settings.md`; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import environ

Mode = Literal["local", "production"]
BASE_DIR = Path(__file__).resolve().parent.parent


class UnsafeSetting(RuntimeError):
    """Production mode was asked for with a setting that is not safe there."""


@dataclass(frozen=True)
class Environment:
    """What the environment says. Paths are absolute; URLs are as given."""

    mode: Mode
    data: Path
    secret_key: str
    allowed_hosts: list[str]
    trusted_origins: list[str]
    database_url: str
    redis_url: str
    email_url: str
    email_from: str
    facet_url: str
    behind_https_proxy: bool
    insecure_http: bool
    log_level: str


def read_environment(variables: dict[str, str] | None = None) -> Environment:
    """The settings of this process. Raises `UnsafeSetting` naming each unsafe one."""
    env = environ.FileAwareEnv()
    if variables is not None:
        env.ENVIRON = variables
    mode = env.str("FACET_MODE", default="local")
    if mode not in ("local", "production"):
        raise UnsafeSetting(f"FACET_MODE is ‘{mode}’: write ‘local’ or ‘production’.")
    data = Path(env.str("FACET_DATA", default=str(BASE_DIR / "var"))).expanduser().resolve()
    if mode == "production":
        _refuse_unsafe(env)
    return Environment(
        mode=cast(Mode, mode),
        data=data,
        secret_key=env.str("SECRET_KEY", default="") or kept_secret(data / "secret_key"),
        allowed_hosts=env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]),
        trusted_origins=env.list("CSRF_TRUSTED_ORIGINS", default=[]),
        database_url=env.str("DATABASE_URL", default=f"sqlite:///{data / 'facet.sqlite3'}"),
        redis_url=env.str("REDIS_URL", default=""),
        email_url=env.str("EMAIL_URL", default="consolemail://"),
        email_from=env.str("EMAIL_FROM", default="facet@localhost"),
        facet_url=env.str("FACET_URL", default="http://localhost:8000").rstrip("/"),
        behind_https_proxy=env.bool("BEHIND_HTTPS_PROXY", default=False),
        insecure_http=env.bool("ALLOW_INSECURE_HTTP", default=False),
        log_level=env.str("LOG_LEVEL", default="INFO").upper(),
    )


def _refuse_unsafe(env: environ.Env) -> None:
    problems = []
    if len(env.str("SECRET_KEY", default="")) < 40:
        problems.append("SECRET_KEY must be set to at least 40 random characters")
    hosts = env.list("ALLOWED_HOSTS", default=[])
    if not hosts or "*" in hosts:
        problems.append("ALLOWED_HOSTS must name the hosts that serve Facet, without ‘*’")
    if not env.str("DATABASE_URL", default="").startswith(("postgres://", "postgresql://")):
        problems.append("DATABASE_URL must name a PostgreSQL database")
    if not env.str("REDIS_URL", default="").startswith(("redis://", "rediss://", "unix://")):
        problems.append("REDIS_URL must name a Redis or Valkey server")
    if env.bool("DEBUG", default=False):
        problems.append("DEBUG must not be set")
    if problems:
        raise UnsafeSetting("Facet does not start in production mode: " + "; ".join(problems) + ".")


def kept_secret(path: Path) -> str:
    """A random secret made at the first call and kept in `path`, readable by its owner only."""
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(48)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(handle, "w") as file:
            file.write(secret)
        return secret
