"""A process that holds what ``papercrier run`` holds before anything happens, and prints its memory. No network.

``python -m tests.bench.idle CONFIG``, or ``-`` for the platform libraries alone.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
from importlib import import_module
from pathlib import Path

_PAGE = resource.getpagesize()
_LIBRARIES = ("discord", "slack_bolt.async_app", "slack_bolt.adapter.socket_mode.async_handler")


def resident() -> float:
    """MiB in memory now; where the system does not say, the most there ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1024**2 if sys.platform == "darwin" else 1024)
    return pages * _PAGE / 1024**2


async def hold(config: Path) -> float:
    from bot.app import opened
    from bot.config import load_config

    async with opened(load_config(config), apply=False) as app:
        platforms = app.adapters()
        await app.rules.refresh()
        gc.collect()
        await asyncio.sleep(0.2)
        if not {"slack", "discord"} <= platforms.keys():
            raise AssertionError(f"adapters are missing: {list(platforms)}")
        return resident()


def main(argument: str) -> None:
    if argument == "-":
        for name in _LIBRARIES:
            import_module(name)
        found = resident()
    else:
        found = asyncio.run(hold(Path(argument)))
    sys.stdout.write(f"{found:.2f}\n")


if __name__ == "__main__":
    main(sys.argv[1])
