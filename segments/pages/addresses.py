"""How the addresses of segment pages are written down: each is named as its view."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path


def at(address: str, view: Any) -> URLPattern:
    """An address that bears the name of its view."""
    return path(address, view, name=view.__name__)


def about(tail: str, view: Any) -> URLPattern:
    """An address about one segment."""
    return at(f"segments/<slug:slug>/{tail}", view)
