"""Starts a process for each picture: the plotting library takes half a second and 60 MB that the bot does not keep."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict

from bot.errors import PapercrierError
from bot.ports import Chart

log = logging.getLogger(__name__)

#: Seconds for one picture, and pictures at a time.
TIME_LIMIT, AT_ONCE = 20.0, 2


class PaintingFailed(PapercrierError):
    """There is no picture; the figures are there all the same."""


class ProcessPainter:
    """Implements ``bot.ports.Painter``."""

    def __init__(self, *, time_limit: float = TIME_LIMIT, program: tuple[str, ...] = ("-m", "bot.pictures.draw")) -> None:
        self._time_limit = time_limit
        self._program = program
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def paint(self, chart: Chart) -> bytes:
        document = json.dumps(asdict(chart), default=str).encode()
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
            try:
                async with asyncio.timeout(self._time_limit):
                    picture, trouble = await process.communicate(document)
            except TimeoutError:
                raise PaintingFailed("drawing the picture took too long", "the figures are above; try again later") from None
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        if process.returncode != 0 or not picture.startswith(b"\x89PNG"):
            log.error("a picture could not be drawn", extra={"code": process.returncode, "error": trouble.decode(errors="replace")[-500:]})
            raise PaintingFailed(
                "the picture could not be drawn", "the figures are above; whoever runs the bot finds the reason in its log"
            )
        return picture
