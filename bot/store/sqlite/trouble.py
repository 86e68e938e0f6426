"""What goes wrong with a database file, told so that a person can do something about it."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import StoreError

#: What SQLite says when the tables behind the full-text index do not fit together.
_INDEX = ("vtable constructor failed: search", "invalid fts5 file format", "no such fts5 table")


class IndexUnusable(StoreError):
    """The full-text index is damaged or not complete; everything else is well."""

    def __init__(self) -> None:
        super().__init__("the search index is being built anew", "try again in a minute")


def is_full(error: BaseException) -> bool:
    """No room left, as SQLite or the system says it."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def is_busy(error: sqlite3.Error) -> bool:
    """Another connection holds the lock. The low byte is the kind, the rest says more."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_of_the_index(error: sqlite3.Error) -> bool:
    """Only the full-text index is hurt. It breaks a constraint when a damaged one gives out a number twice."""
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT_VTAB or str(error) == "constraint failed":
        return True
    return any(part in str(error) for part in _INDEX)


def is_of_the_file(error: sqlite3.Error) -> bool:
    """Trouble with disk, lock or file; not a statement of ours that breaks a constraint or cannot be understood."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def is_damage(error: BaseException | None) -> bool:
    if isinstance(error, UnicodeDecodeError):  # of a name or a message out of the file
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) and isinstance(error, sqlite3.Error)


def unusable(path: Path, error: Exception, backup: Path | None = None) -> StoreError:
    """What a person can do about a database that refuses. ``backup``: the newest good one, where there is one."""
    text = str(error)
    step = "check the disk and the file, then start again"
    if "unable to open" in text or isinstance(error, PermissionError):
        step = f"make sure that the folder {path.parent} exists and may be written to"
    elif "readonly" in text:
        step = f"make the file and its folder {path.parent} writable for this user"
    elif "locked" in text or "busy" in text:
        step = "another program holds the database; close it and try again"
    elif "full" in text or is_full(error):
        step = "the disk is full: free some space; nothing is lost, work goes on by itself then"
    elif "not a database" in text or "malformed" in text or is_damage(error):
        step = put_back(path, backup)
    return StoreError(f"database {path} cannot be used ({text})", step)


def readonly(path: Path) -> StoreError:
    """A database that was opened for reading is asked to write."""
    return unusable(path, sqlite3.OperationalError("it is readonly for this user"))


def damaged(path: Path, problem: str, backup: Path | None) -> StoreError:
    """A file that opens, but whose pages do not fit together."""
    return StoreError(f"database {path} is damaged ({problem})", put_back(path, backup))


def put_back(path: Path, backup: Path | None) -> str:
    """How to put a backup in the place of a damaged file."""
    if backup is None:
        return "the file is damaged or no database: put a backup back, or move it away to start with a new one"
    return f"move {path.name}, {path.name}-wal and {path.name}-shm away and copy {backup} to {path}"


def newest_good_backup(path: Path) -> Path | None:
    """The newest ``<name>.backup-*`` beside the file that passes SQLite's own check. Reads whole files: not for the event loop."""
    try:
        found = sorted(path.parent.glob(f"{path.name}.backup-*"), key=lambda one: one.stat().st_mtime, reverse=True)
    except OSError:
        return None
    return next((one for one in found if _is_good(one)), None)


def _is_good(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return [row[0] for row in connection.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.Error:
        return False
