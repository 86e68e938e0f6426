"""Room kept on the disk for the last writes: on a full disk not even a deletion can be written."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from bot.errors import StoreError

log = logging.getLogger(__name__)

SIZE = 16 * 1024 * 1024
#: What has to be free besides, or the ballast itself would fill the disk.
MARGIN = 16 * 1024 * 1024


class Ballast:
    """A file beside the database that is given up when the disk is full, so that what is under way can be settled."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".ballast")
        self._kept = False

    def keep(self) -> None:
        """Make the file, and see from now on that it is there: for the process that sends."""
        self._kept = True
        if not self.path.exists():
            self._make()

    def require(self) -> None:
        """Make the file again if it was given up. ``StoreError`` while there is no room: then only what is under way may write."""
        if self._kept and not self.path.exists() and not self._make():
            raise StoreError(f"the disk of {self.path.parent} is full", "free some space; nothing is sent until then, and nothing is lost")

    def free(self) -> bool:
        """Give the room up; ``False`` when it was gone already."""
        try:
            self.path.unlink()
        except OSError:
            return False
        log.error("the disk is full: room kept for this is given up, nothing new is begun", extra={"folder": str(self.path.parent)})
        return True

    def _make(self) -> bool:
        if not _has_room(self.path.parent):
            return False
        try:
            with self.path.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, SIZE)
                else:
                    file.write(bytes(SIZE))
        except OSError:
            self.path.unlink(missing_ok=True)
            return False
        return True


def _has_room(folder: Path) -> bool:
    return shutil.disk_usage(folder).free >= SIZE + MARGIN
