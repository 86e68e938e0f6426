"""The product as a process of its own: what ``papercrier run`` is, with papers that never end as its only source.

``python -m tests.bench.child CONFIG DUTIES PAPERS`` prints a line for every batch that was stored. Only the sources are not real.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot.app import App, Configured
from bot.domain.papers import Paper
from bot.ports import Batch, Duty

#: Papers that a source gives at once; each of their versions takes a moment to be made.
BATCH = 500
_SLICE = 25
_TICKS = os.sysconf("SC_CLK_TCK")


class Endless:
    """Round after round; each brings a new version of every paper, so that there is always something to write."""

    name = "bench"

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        for turn in count(1):
            for start in range(0, len(self._papers), BATCH):
                batch: list[Paper] = []
                for at in range(start, min(start + BATCH, len(self._papers)), _SLICE):
                    batch += [_revised(paper, turn) for paper in self._papers[at : min(at + _SLICE, start + BATCH)]]
                    await asyncio.sleep(0)
                yield Batch(papers=tuple(batch))
                print(len(batch), flush=True)  # noqa: T201 - for the process that counts


def _revised(paper: Paper, turn: int) -> Paper:
    return replace(paper, abstract=f"{paper.abstract} Revision {turn}.", version=(paper.version or 1) + turn)


class Child:
    """A child that runs. ``stored`` counts papers; ``cpu`` its seconds of computing so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.stored = 0

    async def count_papers(self) -> None:
        assert self.process.stdout
        while line := await self.process.stdout.readline():
            self.stored += int(line)

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@asynccontextmanager
async def child(config: Path, duties: Sequence[Duty], papers: Path | None = None) -> AsyncIterator[Child]:
    """Start the product with these duties, reading ``papers`` (``write_papers``) if there are any, and wait until it runs and reads."""
    log = (config.parent / f"{config.stem}-{'-'.join(duties)}.log").open("w+")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(config), ",".join(duties), str(papers or ""), stdout=asyncio.subprocess.PIPE, stderr=log
    )
    made = Child(process)
    counting = asyncio.create_task(made.count_papers())
    try:
        async with asyncio.timeout(180):
            while not (papers is None or made.stored) or '"running"' not in _said(log.name):
                if process.returncode is not None:
                    raise RuntimeError(f"the child ended: {_said(log.name)[-2000:]}")
                await asyncio.sleep(0.05)
        yield made
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()
        await counting
        log.close()


def _said(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def write_papers(path: Path, papers: Sequence[Paper]) -> Path:
    path.write_bytes(pickle.dumps(list(papers)))
    return path


def main(config: str, duties: str, papers: str) -> None:
    read = pickle.loads(Path(papers).read_bytes()) if papers else []  # noqa: S301 - written by the process that started this one
    every = [Configured(source=Endless(read), every=timedelta(0))] if read else []
    App.configured = lambda self: every  # type: ignore[method-assign]
    from bot.cli.main import main as papercrier

    only = {"posting": ["--without", "sources"], "reading": ["--only", "sources"]}.get(duties, [])
    papercrier(["run", *only, "--config", config])


if __name__ == "__main__":
    main(*sys.argv[1:])
