"""Only one ``papercrier run`` works on a database: a file lock beside it, which the system frees however the process ends."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

from bot.errors import StoreBusy, StoreError


def lock_run(path: Path, who: str) -> TextIO:
    """Hold the lock of the database at ``path`` until the file given back is closed. Raises ``StoreBusy`` and names the holder."""
    beside = path.with_name(path.name + ".run")
    try:
        file = beside.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{beside} cannot be written ({error.strerror})", f"make {beside.parent} writable for this user") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise StoreBusy(f"{path} is in use by {holder}", "stop it first; reading verbs and `ingest` work beside it") from None
    file.seek(0)
    file.truncate()
    file.write(who + "\n")
    file.flush()
    return file
