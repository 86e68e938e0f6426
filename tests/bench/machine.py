"""The line that says on what, and beside what else, the figures were measured."""

from __future__ import annotations

import os
import platform
import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    cpu: str
    cores: int
    #: Bytes; 0 where the system does not say.
    memory: int
    python: str
    sqlite: str
    kernel: str
    #: Processes that wanted to run: the last minute, five minutes, fifteen.
    load: tuple[float, float, float]

    def __str__(self) -> str:
        memory = f"{self.memory / 1024**3:.0f} GiB" if self.memory else "memory unknown"
        load = " ".join(f"{value:.1f}" for value in self.load)
        return f"{self.cpu}, {self.cores} cores, {memory} · Python {self.python} · SQLite {self.sqlite} · {self.kernel} · load {load}"


def this_machine() -> Machine:
    return Machine(
        cpu=_field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
        memory=int((_field("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) * 1024,
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        kernel=f"{platform.system()} {platform.release()}",
        load=os.getloadavg(),
    )


def _field(path: str, name: str) -> str:
    """The value of a ``name: value`` line; empty where there is no such file or line."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")
