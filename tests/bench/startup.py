"""Start-up and memory: what a person waits for at the prompt, and what the bot holds while nothing happens."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from tests.bench.figures import Row, Times, times

GROUP = "start-up"
MEMORY = "memory"
ROOT = Path(__file__).parent.parent.parent
_MILLI = 1e3
_PLATFORMS = "from adapters.slack import SlackAdapter; from adapters.discord import DiscordAdapter"
_SDKS = "import discord, slack_bolt.async_app, slack_bolt.adapter.socket_mode.async_handler"

CONFIG = """
[bot]
seeds = false
[store]
url = "sqlite:{path}"
[adapters.slack]
bot_token = "xoxb-bench"
app_token = "xapp-bench"
[adapters.discord]
token = "bench"
"""


def measure(small: Path, large: Path, folder: Path, query: str, *, runs: int, tell: Callable[[str], None] = lambda text: None) -> list[Row]:
    """``small`` and ``large`` are databases. Every command in turn, ``runs`` times over."""
    config = folder / "bench.toml"
    config.write_text(CONFIG.format(path=small), encoding="utf-8")
    python = [sys.executable]
    program = [*python, "-m", "bot"]
    commands = {
        "python -c pass": [*python, "-c", "pass"],
        "papercrier --version": [*program, "--version"],
        "import aiosqlite": [*python, "-c", "import aiosqlite"],
        f"papercrier search {query} (small store)": [*program, "search", "--config", str(config), query],
        "import discord and slack_bolt": [*python, "-c", _SDKS],
        "import both platforms": [*python, "-c", _PLATFORMS],
    }
    taken = {name: Times() for name in commands}
    for number in range(1, runs + 1):
        tell(f"start-up, run {number} of {runs}")
        for name, command in commands.items():
            _run(command, taken[name])
    cpu = {name: median(one.cpu) for name, one in taken.items()}
    names = list(commands)
    beside = {
        names[1]: f"CPU {times(cpu[names[1]] / cpu[names[0]])} × bare interpreter",
        names[3]: f"CPU {times(cpu[names[3]] / cpu[names[2]])} × import aiosqlite",
        names[5]: f"CPU {times(cpu[names[5]] / cpu[names[4]])} × their SDKs",
    }
    rows = [one.row(GROUP, name, unit="ms", scale=_MILLI, beside=beside.get(name, "")) for name, one in taken.items()]
    return [*rows, *_memory(config, large, folder, tell)]


def _memory(config: Path, large: Path, folder: Path, tell: Callable[[str], None]) -> list[Row]:
    tell("memory")
    full = folder / "large.toml"
    full.write_text(CONFIG.format(path=large), encoding="utf-8")
    libraries, small, whole = (_resident(argument) for argument in ("-", str(config), str(full)))
    return [
        _size("interpreter with both SDKs imported", libraries),
        _size("idle: small store, both adapters", small, f"{times(small / libraries)} × the SDKs alone"),
        _size(
            f"idle: store of {large.stat().st_size / 1e6:.0f} MB with its rules, both adapters",
            whole,
            f"{times(whole / libraries)} × the SDKs alone",
        ),
    ]


def _size(name: str, size: float, beside: str = "") -> Row:
    return Row(group=MEMORY, name=name, unit="MiB", labels=("RSS",), wall=(size,), beside=beside)


def _resident(argument: str) -> float:
    """MiB that ``tests.bench.idle`` holds."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.bench.idle", argument], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True
    )
    return float(found.stdout)


def _run(command: Sequence[str], into: Times) -> None:
    used, wall = _children(), time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, check=True)
    into.wall.append(time.perf_counter() - wall)
    into.cpu.append(_children() - used)


def _children() -> float:
    """CPU seconds of all processes started from here and ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _environment() -> dict[str, str]:
    """Ours, without what would override the configuration of the benchmark."""
    ours = ("PAPERCRIER_STORE_URL", "SLACK_", "DISCORD_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
