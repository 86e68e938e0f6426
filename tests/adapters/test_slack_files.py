"""Files that go with an answer: beside it where all may see them, else in the asker's direct messages."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from adapters.slack import SlackAdapter
from bot.domain.messages import Message
from bot.domain.requests import Attachment, Reply
from tests.adapters.slack_rig import Recorder, listening
from tests.servers.slack import SlackServer
from tests.servers.slack_parts import refuse, status

PICTURE = Attachment(name="trend.png", content=b"\x89PNG" * 100, media_type="image/png", alt="Papers per month: 3, then 5 & <7>")
TABLE = Attachment(name="a/b\u202e.csv", content=b"title\nReading Orders\n", media_type="text/csv")


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
def handler() -> Recorder:
    recorder = Recorder()
    recorder.reply = lambda _: Reply(message=Message(intro="Here"), files=(PICTURE, TABLE))
    return recorder


@pytest.fixture
async def adapter(server: SlackServer, handler: Recorder) -> AsyncIterator[SlackAdapter]:
    async with listening(server, handler) as running:
        yield running


pytestmark = pytest.mark.usefixtures("adapter")


async def test_what_only_the_asker_may_see_comes_in_direct_messages_and_the_answer_says_so(server: SlackServer) -> None:
    answer = await server.slash("help")
    assert answer.ephemeral
    assert answer.shown.splitlines()[-1] == "trend.png and a/b.csv come to your direct messages, where only you see them."
    await server.until(lambda: bool(server.messages("@U7")))
    (message,) = server.messages("@U7")
    picture, table = message.files
    assert (picture.name, picture.content, picture.alt) == ("trend.png", PICTURE.content, PICTURE.alt)
    assert (table.name, table.content, table.alt) == ("a-b.csv", TABLE.content, "")
    assert server.messages("C0123ABCD") == []


async def test_in_direct_messages_they_stand_beside_the_answer(server: SlackServer) -> None:
    answer = await server.slash("help", channel="DU7")
    assert answer.shown == "Here"
    await server.until(lambda: bool(server.messages("@U7")))
    assert [file.title for file in server.messages("@U7")[0].files] == ["trend.png", "a-b.csv"]


async def test_what_is_shared_with_all_stands_in_the_channel(server: SlackServer, handler: Recorder) -> None:
    handler.reply = lambda _: Reply(message=Message(intro="Here"), files=(PICTURE,), private=False)
    answer = await server.slash("help")
    await server.until(lambda: len(server.messages("C0123ABCD")) == 2)
    assert answer.shown == "Here" and server.messages("C0123ABCD")[1].files[0].name == "trend.png"


async def test_a_mention_is_answered_to_the_asker_and_so_are_its_files(server: SlackServer, handler: Recorder) -> None:
    handler.reply = lambda _: Reply(message=Message(intro="Here"), files=(PICTURE,), private=False)
    await server.mention("help")
    await server.until(lambda: bool(server.messages("@U7")))
    assert server.messages("C0123ABCD") == []


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal", "conversations.open"])
async def test_files_that_cannot_be_sent_are_not_lost_in_silence(
    server: SlackServer, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(method, refuse("missing_scope", needed="files:write") if method.startswith("files.get") else status(500))
    await server.slash("help")
    await server.until(lambda: len(server.answers) == 2)
    assert "could not be sent" in server.answers[1].shown and server.answers[1].ephemeral
    assert server.called(method) and not server.messages("@U7")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_empty_file_is_none(server: SlackServer, handler: Recorder) -> None:
    empty = Attachment(name="empty.csv", content=b"", media_type="text/csv")
    handler.reply = lambda _: Reply(message=Message(intro="Here"), files=(empty, TABLE))
    await server.slash("help")
    await server.until(lambda: bool(server.messages("@U7")))
    assert len(server.messages("@U7")[0].files) == 1


async def test_an_alt_text_longer_than_slack_takes_is_cut(server: SlackServer, handler: Recorder) -> None:
    long = Attachment(name="x.png", content=b"x", media_type="image/png", alt="bars " * 1_000)
    handler.reply = lambda _: Reply(message=Message(intro="Here"), files=(long,))
    await server.slash("help")
    await server.until(lambda: bool(server.messages("@U7")))
    assert len(server.messages("@U7")[0].files[0].alt) <= 1_000
