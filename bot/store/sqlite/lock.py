"""One process for each duty on a database: a file lock beside it for each, which the system frees however the process ends."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

from bot.errors import StoreBusy, StoreError
from bot.ports import Duty

#: What stands behind the database's name. Posting had its name before there were two.
_ENDS: dict[Duty, str] = {"posting": ".run", "reading": ".reading"}
#: What its holder does, and what may be done beside it.
_DOES: dict[Duty, tuple[str, str]] = {
    "posting": ("posts and answers", "reading verbs, `ingest` and `run --only sources` work beside it"),
    "reading": ("reads the sources", "reading verbs, `ingest` and `run --without sources` work beside it"),
}


def lock_path(database: Path, duty: Duty) -> Path:
    return database.with_name(database.name + _ENDS[duty])


def lock_duty(database: Path, who: str, duty: Duty) -> TextIO:
    """Hold a duty until the file given back is closed. Raises ``StoreBusy`` and names the holder."""
    beside = lock_path(database, duty)
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
        what = f"{database} is in use by {holder}, which {_DOES[duty][0]}"
        raise StoreBusy(what, f"stop it first; {_DOES[duty][1]}") from None
    file.seek(0)
    file.truncate()
    file.write(who + "\n")
    file.flush()
    return file


def holder_of(database: Path, duty: Duty) -> str:
    """Who has a duty now; empty when nobody has."""
    try:
        with lock_path(database, duty).open(encoding="utf-8") as file:
            try:
                # Shared: two that look at the same moment do not see each other.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return file.read().strip() or "another process"
    except OSError:
        return ""
    return ""
