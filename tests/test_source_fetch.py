"""The HTTP client of the sources against a server on the loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot import __version__
from bot.errors import SourceError
from bot.sources.fetch.conditions import conditions, keep_conditions
from bot.sources.fetch.fetcher import Fetched, Fetcher
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.servers.arxiv import ArxivServer, Fault, bomb
from tests.servers.web import Page, WebServer


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer() as running:
        running.announce("cs.CL")
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def fetcher(server: ArxivServer, clock: FakeClock) -> AsyncIterator[Fetcher]:
    made = Fetcher(
        clock, contact="https://example.org/group", trusted=[server.url, server.url.replace("127.0.0.1", "localhost"), "http://127.0.0.1:9"]
    )
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
    fetcher = Fetcher(clock, trusted=[server.url], time_limit=0.05)
    server.faults += [Fault(stall=True)] * 4
    with pytest.raises(SourceError, match=r"did not answer within 0\.05 seconds"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    await fetcher.close()


async def test_other_statuses_are_for_the_caller(server: ArxivServer, fetcher: Fetcher) -> None:
    answer = await fetcher.get(f"{server.rss_url}/cs.XX")
    assert answer.status == 404 and not answer.ok


async def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(server: ArxivServer, clock: FakeClock) -> None:
    fetcher = Fetcher(clock, trusted=[server.url], largest=100_000)
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


async def test_a_server_that_sends_a_byte_now_and_then_is_given_up(clock: FakeClock) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not server.over.is_set():
                await response.write(b"x")
                await asyncio.sleep(0.01)
        return response

    async with WebServer() as server:
        server.pages["/drip"] = drip
        fetcher = Fetcher(clock, trusted=[server.url()], time_limit=0.1)
        with pytest.raises(SourceError, match=r"did not answer within 0\.1 seconds"):
            await fetcher.get(server.url("/drip"))
        await fetcher.close()


async def test_a_server_that_stops_in_the_middle_is_given_up(clock: FakeClock) -> None:
    async def stall(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"<rss>")
        await server.over.wait()
        return response

    async with WebServer() as server:
        server.pages["/stall"] = stall
        fetcher = Fetcher(clock, trusted=[server.url()], stall_limit=0.05)
        with pytest.raises(SourceError, match=r"sent nothing for 0\.05 seconds"):
            await fetcher.get(server.url("/stall"))
        await fetcher.close()


async def test_a_body_without_end_is_refused(clock: FakeClock) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not server.over.is_set():
                await response.write(b"x" * 10_000)
        return response

    async with WebServer() as server:
        server.pages["/endless"] = endless
        fetcher = Fetcher(clock, trusted=[server.url()], largest=1_000_000)
        with pytest.raises(SourceError, match="larger than 976 kB"):
            await fetcher.get(server.url("/endless"))
        await fetcher.close()


async def test_a_body_that_is_not_packed_as_it_says_is_an_error(server: ArxivServer, fetcher: Fetcher) -> None:
    server.faults += [Fault(body=b"not gzip", headers={"Content-Encoding": "gzip"})] * 4
    with pytest.raises(SourceError):
        await fetcher.get(f"{server.rss_url}/cs.CL")


async def test_a_host_that_fails_again_and_again_is_left_alone_for_a_while(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    server.faults += [Fault(status=502)] * 100
    for _ in range(3):
        with pytest.raises(SourceError, match="status 502"):
            await fetcher.get(f"{server.rss_url}/cs.CL")
    with pytest.raises(SourceError, match="left alone for 300 more seconds, after 3 failures in a row"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    assert len(server.asked) == 12
    clock.advance(301)
    with pytest.raises(SourceError, match="status 502"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    with pytest.raises(SourceError, match="left alone for 600 more seconds"):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    clock.advance(601)
    server.faults.clear()
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok
    server.faults += [Fault(status=502)] * 4
    with pytest.raises(SourceError):
        await fetcher.get(f"{server.rss_url}/cs.CL")
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok


async def test_a_host_that_asks_for_hours_is_left_alone_for_them(server: ArxivServer, fetcher: Fetcher, clock: FakeClock) -> None:
    server.faults.append(Fault(status=429, headers={"Retry-After": "7200"}))
    for _ in range(2):
        with pytest.raises(SourceError, match=r"asks to wait 7200 seconds|7200 more seconds, as it asked"):
            await fetcher.get(f"{server.rss_url}/cs.CL")
    assert len(server.asked) == 1
    clock.advance(7201)
    assert (await fetcher.get(f"{server.rss_url}/cs.CL")).ok


async def test_one_host_that_fails_does_not_close_another(server: ArxivServer, fetcher: Fetcher) -> None:
    server.faults += [Fault(status=502)] * 12
    for _ in range(3):
        with pytest.raises(SourceError):
            await fetcher.get(f"{server.rss_url}/cs.CL", lane="arxiv")
    assert (await fetcher.get(f"{server.rss_url.replace('127.0.0.1', 'localhost')}/cs.CL", lane="arxiv")).ok


async def test_only_what_changed_is_asked_for(clock: FakeClock) -> None:
    memory: dict[str, str] = {}
    async with WebServer() as server:
        server.pages["/a"] = Page(body=b"one", etag='"1"', modified="Wed, 22 Apr 2026 00:00:00 GMT")
        fetcher = Fetcher(clock, trusted=[server.url()])
        statuses = []
        for page in (None, None, Page(body=b"two", etag='"2"'), None, Page(body=b"three"), None):
            if page:
                server.pages["/a"] = page
            answer = await fetcher.get(server.url("/a"), headers=conditions(memory, "a"))
            keep_conditions(memory, "a", answer)
            statuses.append(answer.status)
        await fetcher.close()
    assert statuses == [200, 304, 200, 304, 200, 200]
    assert server.asked[1].headers["If-Modified-Since"] == "Wed, 22 Apr 2026 00:00:00 GMT"
    assert memory == {}


def test_a_validator_without_end_is_not_kept() -> None:
    memory = {"etag:a": "old"}
    keep_conditions(memory, "a", Fetched(status=200, headers={"etag": "x" * 5000, "last-modified": "a\x00b"}, body=b"", url=""))
    assert memory == {}
