"""Keeps uploaded files until their import has ended."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from crm.models import Import

ABANDONED_AFTER = timedelta(days=7)


def keep_upload(chunks: Iterable[bytes]) -> Path:
    """The file, written under a name nobody can guess, readable by this user only."""
    folder = Path(settings.UPLOAD_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / secrets.token_urlsafe(24)
    with path.open("xb") as file:
        path.chmod(0o600)
        for chunk in chunks:
            file.write(chunk)
    return path


def forget_upload(path: Path) -> None:
    """Remove an uploaded file; a file that lies elsewhere belongs to somebody and stays."""
    if path.parent == Path(settings.UPLOAD_DIR):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def forget_ended(*, at: datetime) -> int:
    """Remove the files of imports that have ended, and drafts nobody came back to; how many files went."""
    gone = 0
    for path in list(Path(settings.UPLOAD_DIR).glob("*")):
        source = Import.objects.filter(path=str(path)).first()
        ended = source is not None and source.state in (Import.DONE, Import.CANCELLED)
        old = datetime.fromtimestamp(path.stat().st_mtime, tz=at.tzinfo) < at - ABANDONED_AFTER
        idle = source is None or source.state in (Import.DRAFT, Import.FAILED)
        if ended or (old and idle):
            forget_upload(path)
            gone += 1
    return gone
