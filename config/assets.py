"""Serves scripts that installed packages ship, so that nothing third-party is copied into the repository."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# URL below /static/ -> (package, file inside it)
PACKAGED = {"vendor/plotly.min.js": ("plotly", "package_data/plotly.min.js")}


def packaged_file(path: str) -> Path | None:
    """Where the installed package keeps the file served as `path`, or None."""
    if path not in PACKAGED:
        return None
    package, inside = PACKAGED[path]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / inside


class PackageFinder(BaseFinder):
    """A static files finder over `PACKAGED`."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = packaged_file(path)
        if found is None:
            return [] if find_all else None
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for path in PACKAGED:
            found = packaged_file(path)
            if found is not None:
                storage = FileSystemStorage(location=str(found.parent))
                storage.prefix = str(Path(path).parent)  # type: ignore[attr-defined]
                yield found.name, storage
