"""The child that reads documents: it gives back what was read, and dies alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.domain.papers import Author, Paper
from bot.errors import SourceError
from bot.sources.parsing.parser import ParseLimits, Parser
from tests.fakes import readers

QUICK = ParseLimits(cpu=0.2, memory=100 * 1024 * 1024)


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    made = Parser(QUICK)
    yield made
    await made.close()


async def test_it_gives_back_what_the_function_gives(parser: Parser) -> None:
    found = await parser.run(readers.well, "Gödel’s “proof” 🎓".encode(), day=date(2026, 4, 22), times=3)
    paper = Paper(title="Gödel’s “proof” 🎓", authors=(Author(name="Ada Lovelace"),), submitted=date(2026, 4, 22))
    assert (found.papers, found.day) == ((paper,) * 3, date(2026, 4, 22))
    assert found.process != os.getpid()


async def test_one_child_reads_document_after_document(parser: Parser) -> None:
    found = await asyncio.gather(*(parser.run(readers.well, str(number).encode()) for number in range(20)))
    assert [one.papers[0].title for one in found] == [str(number) for number in range(20)]
    assert len({one.process for one in found}) == 1


async def test_a_document_that_takes_for_ever_is_given_up_and_the_next_one_read(parser: Parser) -> None:
    with pytest.raises(SourceError, match=r"more than 0\.2 seconds of computing"):
        await parser.run(readers.for_ever, b"")
    assert (await parser.run(readers.well, b"next")).papers[0].title == "next"


async def test_a_document_that_only_waits_is_given_up(parser: Parser) -> None:
    with pytest.raises(SourceError, match=r"not read within 0\.3 seconds"):
        await parser.run_within(ParseLimits(wall=0.3), readers.asleep, b"")
    assert (await parser.run(readers.well, b"next")).papers[0].title == "next"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (readers.greedy, "needs more than 100 MB"),
        (readers.broken, "broke the process that read it"),
        (readers.refusing, "there is no feed in it: check the address"),
        (readers.stumbling, "could not be read.*KeyError: 'title'"),
        (readers.deep, "nested too deep"),
        (readers.lying, "answer nonsense"),
    ],
)
async def test_a_document_that_breaks_its_reader_is_an_error_and_nothing_more(parser: Parser, function: object, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        await parser.run(function, b"")  # type: ignore[arg-type]
    assert (await parser.run(readers.well, b"next")).papers[0].title == "next"


async def test_a_reply_without_end_is_given_up(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sources.parsing.parser.LARGEST_REPLY", 20_000_000)
    with pytest.raises(SourceError, match="became more than 19 MB"):
        await parser.run_within(ParseLimits(), readers.greedy_reply, b"")
    assert (await parser.run(readers.well, b"next")).papers[0].title == "next"


async def test_what_a_library_prints_is_no_answer(parser: Parser) -> None:
    assert (await parser.run(readers.printing, b"")).note == "printed"


async def test_half_a_surrogate_pair_does_not_travel(parser: Parser) -> None:
    assert (await parser.run(readers.halved, b"")).note == "a?b"


async def test_a_document_cannot_make_a_library_look_around(parser: Parser, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    assert (await parser.run(readers.prying, str(secret).encode())).note == ""
    assert secret.read_text() == "canary"


async def test_the_child_does_not_know_our_tokens(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "canary")
    assert "SLACK_BOT_TOKEN" not in (await parser.run(readers.environment, b"")).note


async def test_who_is_cancelled_in_the_middle_leaves_no_child_behind(parser: Parser) -> None:
    process = (await parser.run(readers.well, b"")).process
    reading = asyncio.create_task(parser.run_within(ParseLimits(), readers.asleep, b""))
    while not parser.busy:
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not Path(f"/proc/{process}").exists()
    assert (await parser.run(readers.well, b"next")).process != process


async def test_a_closed_parser_leaves_no_child_behind() -> None:
    parser = Parser()
    process = (await parser.run(readers.well, b"")).process
    await parser.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import asyncio, os\n"
        "from bot.sources.parsing.parser import Parser\n"
        "from tests.fakes import readers\n"
        "async def main():\n"
        "    parser = Parser()\n"
        "    print((await parser.run(readers.well, b'')).process, flush=True)\n"
        "    await parser.run(readers.asleep, b'')\n"
        "asyncio.run(main())\n"
    )
    import sys

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env=environment)
    assert parent.stdout
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while _runs(child):
            await asyncio.sleep(0.01)


def _runs(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
