"""The HTTP client of the sources against a server on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bot import __version__
from bot.errors import SourceError
from bot.sources.fetch import Fetcher
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.servers.arxiv import ArxivServer, Fault, bomb


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer() as running:
        running.announce("cs.CL")
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def fetcher(clock: FakeClock) -> AsyncIterator[Fetcher]:
    made = Fetcher(clock, contact="https://example.org/group")
    yield made
    await made.close()


async def test_it_says_who_it_is_and_how_to_reach_its_operator(server: ArxivServer, fetcher: Fetcher) -> None:
    answer = await fetcher.get(f"{server.rss_url}/cs.CL")
    assert answer.ok and answer.body.startswith(b"<?xml") and answer.headers["content-type"].startswith("application/rss+xml")
    assert server.asked[0][2]["User-Agent"] == f"papercrier/{__version__} (+https://example.org/group)"


async def test_a_contact_cannot_smuggle_in_a_header(clock: FakeClock) -> None:
    assert Fetcher(clock, contact="a@example.org\r\nX-Evil: 1").user_agent == f"papercrier/{__version__} (+a@example.org X-Evil: 1)"


async def test_requests_of_one_lane_keep_their_distance(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    await asyncio.gather(*(fetcher.get(f"{server.rss_url}/cs.CL", lane="arxiv", interval=3) for _ in range(4)))
    assert clock.slept == [3, 3, 3]
    assert server.most_at_once == 1


async def test_a_request_that_comes_late_enough_does_not_wait(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    await fetcher.get(f"{server.rss_url}/cs.CL", interval=3)
    clock.advance(5)
    await fetcher.get(f"{server.rss_url}/cs.CL", interval=3)
    assert clock.slept == []


async def test_two_hosts_of_one_lane_share_their_turn(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    await fetcher.get(f"{server.rss_url}/cs.CL", lane="arxiv", interval=3)
    await fetcher.get(f"{server.rss_url.replace('127.0.0.1', 'localhost')}/cs.CL", lane="arxiv", interval=3)
    assert clock.slept == [3]


async def test_too_many_requests_waits_as_told(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    server.faults += [Fault(status=429, headers={"Retry-After": "17"}), Fault(status=503, headers={"Retry-After": "4"})]
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok
    assert clock.slept == [17, 4]


async def test_a_date_in_retry_after_is_understood(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    server.faults.append(Fault(status=503, headers={"Retry-After": format_datetime(NOON + timedelta(seconds=40), usegmt=True)}))
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok
    assert clock.slept == [40]


async def test_too_many_requests_without_a_time_waits_half_a_minute_and_longer(
    server: ArxivServer, fetcher: Fetcher, clock: FakeClock
) -> None:
    server.faults += [Fault(status=429, headers={"Retry-After": "soon"}), Fault(status=429)]
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok
    assert 30 <= clock.slept[0] <= 37.5 and 60 <= clock.slept[1] <= 75


async def test_a_wait_of_hours_is_not_waited_for(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    server.faults.append(Fault(status=429, headers={"Retry-After": "7200"}))
    with pytest.raises(SourceError, match="asks to wait 7200 seconds") as caught:
        await fetcher.get(f"{server.rss_url}/cs.CL")
    assert clock.slept == [] and "next run" in caught.value.next_step


async def test_a_server_that_stays_broken_is_given_up(server: ArxivServer, fetcher: Fetcher) -> None:
    server.faults += [Fault(status=502)] * 9
    with pytest.raises(SourceError, match="status 502, 4 times"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    assert len(server.asked) == 4


async def test_a_lost_connection_is_tried_again(server: ArxivServer, fetcher: Fetcher) -> None:
    server.faults += [Fault(drop=True), Fault(drop=True)]
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok


async def test_a_server_that_never_answers_is_given_up(server: ArxivServer, clock: FakeClock) -> None:
    fetcher = Fetcher(clock, time_limit=0.05)
    server.faults += [Fault(stall=True)] * 4
    with pytest.raises(SourceError, match=r"did not answer within 0\.05 seconds"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    await fetcher.close()


async def test_other_statuses_are_for_the_caller(server: ArxivServer, fetcher: Fetcher) -> None:
    answer = await fetcher.get(f"{server.rss_url}/cs.XX")
    assert answer.status == 404 and not answer.ok


async def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(server: ArxivServer, clock: FakeClock) -> None:
    fetcher = Fetcher(clock, largest=100_000)
    server.faults.append(bomb(5_000_000))
    with pytest.raises(SourceError, match="larger than 97 kB"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    await fetcher.close()


async def test_redirects_without_end_are_refused(server: ArxivServer, fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match="no usable answer"):
        await fetcher.get(server.loop_url)
    assert len(server.asked) <= 6


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/etc/passwd", "ftp://example.org/x", "https://", ""])
async def test_only_web_addresses_are_fetched(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(SourceError, match="not a web address"):
        await fetcher.get(url)


async def test_an_address_where_nobody_listens_is_a_clear_error(fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match="cannot be reached") as caught:
        await fetcher.get("http://127.0.0.1:9/")
    assert "check the network" in caught.value.next_step
