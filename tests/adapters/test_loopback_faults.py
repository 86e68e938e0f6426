"""The loopback servers misbehave exactly as they are told: what the torture of the bot proves rests on that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from tests.servers.discord import DiscordServer
from tests.servers.faults import KINDS, FaultPlan
from tests.servers.slack import BOT_TOKEN, SlackServer

#: Status and text of an answer; 0 where the connection broke.
Answer = tuple[int, str]


@dataclass
class Bare:
    """A loopback server, and a way to post to it without any library in between."""

    server: DiscordServer | SlackServer
    channel: str
    post: Callable[[str], Awaitable[Answer]]

    @property
    def keys(self) -> list[str]:
        return self.server.delivered().get(self.channel, [])


@pytest.fixture(params=["discord", "slack"])
async def bare(request: pytest.FixtureRequest) -> AsyncIterator[Bare]:
    async with aiohttp.ClientSession() as session, SlackServer() as slack, DiscordServer() as discord:

        async def answer(url: str, token: str, body: dict[str, object]) -> Answer:
            try:
                async with session.post(url, json=body, headers={"Authorization": token}) as response:
                    return response.status, await response.text()
            except aiohttp.ClientError:
                return 0, ""

        async def to_discord(key: str) -> Answer:
            body = {"content": "x", "nonce": key, "enforce_nonce": True}
            return await answer(f"{discord.api_url}/channels/{discord.channel}/messages", f"Bot {discord.token}", body)

        async def to_slack(key: str) -> Answer:
            metadata = {"event_type": "paper_delivery", "event_payload": {"delivery_id": key}}
            body = {"channel": "C0123ABCD", "text": "x", "metadata": metadata}
            return await answer(f"{slack.api_url}chat.postMessage", f"Bearer {BOT_TOKEN}", body)

        if request.param == "discord":
            yield Bare(discord, discord.channel, to_discord)
        else:
            yield Bare(slack, "C0123ABCD", to_slack)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("503", 503), ("cut", 0), ("stall", 0), ("garbage", 200)])
async def test_a_fault_comes_before_or_after_the_work(bare: Bare, kind: str, status: int, when: str) -> None:
    bare.server.faults = FaultPlan(1, 1.0, (f"{kind}:{when}",), patience=0.02)
    answered, text = await bare.post("k")
    assert answered == status and '"id": "12"' not in text
    assert bare.keys == (["k"] if when == "after" else [])
    assert bare.server.faults.drawn == {f"{kind}:{when}": 1}


async def test_too_many_requests_is_never_answered_to_work_that_was_done(bare: Bare) -> None:
    bare.server.faults = FaultPlan(1, 1.0, ("429:after", "429"))
    assert [(await bare.post(key))[0] for key in "abc"] == [429] * 3
    assert bare.keys == []


async def test_a_late_message_lands_by_the_servers_clock_after_the_connection_is_gone(bare: Bare) -> None:
    bare.server.faults = FaultPlan(1, 1.0, ("late",), late=80)
    assert (await bare.post("late"))[0] == 0 and bare.server.pending == 1
    bare.server.faults = None
    await bare.post("prompt")
    bare.server.advance(79)
    assert bare.keys == ["prompt"]
    bare.server.advance(1.5)
    assert bare.keys == ["prompt", "late"] and not bare.server.pending


async def test_a_late_message_lands_by_itself(bare: Bare) -> None:
    bare.server.faults = FaultPlan(1, 1.0, ("late",), late=0.05)
    await bare.post("late")
    async with asyncio.timeout(5):
        while not bare.keys:
            await asyncio.sleep(0)
    assert bare.keys == ["late"]


async def test_a_stall_without_patience_ends_when_the_client_gives_up(bare: Bare) -> None:
    bare.server.faults = FaultPlan(1, 1.0, ("stall:after",))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bare.post("k"), 0.1)
    assert bare.keys == ["k"]


async def test_trouble_comes_as_often_as_it_was_asked_for_and_is_over_when_taken_away(bare: Bare) -> None:
    bare.server.faults = FaultPlan(3, 0.3, ("503:before",))
    answers = [(await bare.post(f"k{number}"))[0] for number in range(200)]
    assert 40 <= answers.count(503) <= 80 and len(bare.keys) == 200 - answers.count(503)
    bare.server.faults = None
    assert {(await bare.post(f"m{number}"))[0] for number in range(20)} == {200}


async def test_what_was_deleted_is_not_delivered_and_the_log_keeps_it(bare: Bare) -> None:
    await bare.post("a")
    await bare.post("b")
    entry = bare.server.log[0]
    if isinstance(bare.server, SlackServer):
        bare.server.delete(entry.channel, entry.id)
    else:
        bare.server.delete(entry.id)
    assert bare.keys == ["b"] and [one.key for one in bare.server.log] == ["a", "b"]


async def test_thousands_of_channels_are_no_trouble(bare: Bare) -> None:
    places = bare.server.add_channels(3000)
    assert len(set(places)) == 3000


async def test_every_answer_has_the_servers_own_date() -> None:
    async with aiohttp.ClientSession() as session, SlackServer() as slack, DiscordServer() as discord:
        for server, url in ((slack, f"{slack.api_url}auth.test"), (discord, f"{discord.api_url}/users/@me")):
            server.advance(-86_400)
            async with session.get(url) as response:
                told = parsedate_to_datetime(response.headers["Date"])
            assert abs((told - server.now()).total_seconds()) < 2


async def test_a_nonce_is_remembered_for_its_window_and_not_longer() -> None:
    async with aiohttp.ClientSession() as session, DiscordServer() as server:
        server.world.nonce_window = 90

        async def post() -> tuple[int, str]:
            body = {"content": "x", "nonce": "k", "enforce_nonce": True}
            url, headers = f"{server.api_url}/channels/{server.channel}/messages", {"Authorization": f"Bot {server.token}"}
            async with session.post(url, json=body, headers=headers) as response:
                data = await response.json()
                return response.status, str(data.get("id") or data.get("code"))

        _, first = await post()
        server.advance(89)
        assert await post() == (200, first)
        server.delete(first)
        assert await post() == (404, "10008")
        server.advance(2)
        status, second = await post()
        assert status == 200 and second != first
        server.faults = FaultPlan(1, 1.0, ("late",), late=30)
        server.advance(100)
        with pytest.raises(aiohttp.ClientError):
            await post()
        server.faults = None
        await post()
        server.advance(31)
        assert server.delivered() == {server.channel: ["k", "k"]}, "what lands late meets the nonce of the repeat"


@pytest.mark.parametrize("kinds", [(), ("50", "cut")])
def test_a_kind_of_fault_that_does_not_exist_is_refused(kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="kinds of fault"):
        FaultPlan(1, 0.5, kinds)


def test_the_same_seed_is_the_same_trouble() -> None:
    def drawn(seed: int) -> list[object]:
        plan = FaultPlan(seed, 0.4)
        return [plan.draw(post=True) for _ in range(300)]

    assert drawn(7) == drawn(7) != drawn(8)
    plan = FaultPlan(7, 1.0)
    assert {plan.draw(post=False) for _ in range(100)} == {None}, "only posts, unless all is asked for"
    every = {trouble.kind for trouble in drawn(7) if trouble is not None}  # type: ignore[attr-defined]
    assert every == set(KINDS)
