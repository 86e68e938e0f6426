"""No document, redirect or person can make the fetcher look into our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from yarl import URL

from bot.errors import SourceError
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.fetch.guard import GuardedResolver, Refused, guarded_socket, is_public
from tests.fakes.clock import FakeClock
from tests.fakes.resolver import LyingResolver
from tests.servers.web import Page, WebServer, moved

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2001:4860:4860::8888", "64:ff9b::808:808", "192.0.1.1"]
HOSTILE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - an address to be refused
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "2606:4700:4700::1111%1",
    "127.1",
    "0x7f000001",
    "example.org",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_let_through(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_is_not_public_is_not_let_through(address: str) -> None:
    assert not is_public(address)


#: What a document may try, and what stands in the refusal. Names resolve as below.
ADDRESSES = {
    "http://127.0.0.1/": "not an address of the public internet",
    "http://127.1/": "not an address of the public internet",
    "http://2130706433/": "not an address of the public internet",
    "http://0x7f000001/": "not an address of the public internet",
    "http://0177.0.0.1/": "not an address of the public internet",
    "http://0/": "not an address of the public internet",
    "http://[::1]/": "not an address of the public internet",
    "http://[::ffff:169.254.169.254]/": "not an address of the public internet",
    "http://[64:ff9b::7f00:1]/": "not an address of the public internet",
    "http://[2002:7f00:1::]/": "not an address of the public internet",
    "http://169.254.169.254/latest/": "not an address of the public internet",
    "http://①②⑦.⓪.⓪.①/": "not an address of the public internet",
    "http://good@10.0.0.1/": "user name",
    "http://good.example@localtest.example/": "user name",
    "http://localhost/": "this machine",
    "http://a.localhost/": "this machine",
    "http://localtest.example/": "leads to 127.0.0.1",
    "http://mixed.example./": "full stop",
    "file:///etc/passwd": "not a web address",
    "gopher://good.example/": "not a web address",
    "ftp://good.example/": "not a web address",
    "data:text/plain,hello": "not a web address",
    "//good.example/": "not a web address",
    "http://good.example:22/": "port 22",
    "http://good.example:25/": "port 25",
    "http://good.example:6379/": "port 6379",
    "http://good.example:0/": "port 0",
    "http://good.example:65536/": "not a web address",
    "https://good.example/" + "a" * 8000: "8,021 characters",
    "http://gооd.example/": "xn--gd-fmca.example",
    "http://good.example/\r\nX-Evil: 1": "not a web address",
    "http://good.example\\@127.0.0.1/": "not a web address",
    "http://good.example /": "not a web address",
    "http://[::1/": "not a web address",
}


@pytest.fixture
async def guarded() -> AsyncIterator[Fetcher]:
    """A fetcher that trusts nobody, in a world where no name leads anywhere good."""
    resolver = LyingResolver({"localtest.example": [["127.0.0.1", "::1"]], "good.example": [["10.0.0.1"]]})
    fetcher = Fetcher(FakeClock(), resolver=resolver, proxies={})
    yield fetcher
    await fetcher.close()


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_hostile_address_is_refused_with_its_reason(guarded: Fetcher, address: str) -> None:
    with pytest.raises(SourceError) as caught:
        await guarded.get(address)
    assert ADDRESSES[address] in str(caught.value)
    assert "\r" not in str(caught.value) and "\n" not in str(caught.value)


async def test_a_name_that_means_something_else_the_second_time_leads_nowhere() -> None:
    """The first answer is public, as a check beforehand would see it; what counts is the one that is connected to."""
    async with WebServer() as inside:
        inside.pages["/secret"] = Page(body=b"secret")
        resolver = LyingResolver({"rebinding.example": [["93.184.216.34"], ["127.0.0.1"]]})
        assert [one["host"] for one in await resolver.resolve("rebinding.example")] == ["93.184.216.34"]
        fetcher = Fetcher(FakeClock(), resolver=resolver, proxies={})
        with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.1"):
            await fetcher.get("http://rebinding.example:8080/secret")
        await fetcher.close()
        assert resolver.asked == ["rebinding.example"] * 2 and inside.asked == []


async def test_of_several_addresses_only_the_public_ones_are_used(guarded: Fetcher) -> None:
    resolver = GuardedResolver(LyingResolver({"mixed.example": [["10.0.0.1", "1.1.1.1", "::1"]]}))
    assert [one["host"] for one in await resolver.resolve("mixed.example")] == ["1.1.1.1"]


def test_the_last_look_is_at_the_number_that_is_connected_to() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        guarded_socket((2, 1, 6, "", ("10.0.0.1", 80)))
    guarded_socket((2, 1, 6, "", ("1.1.1.1", 80))).close()


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


@pytest.fixture
async def fetcher(server: WebServer) -> AsyncIterator[Fetcher]:
    """A fetcher whose operator has written down one folder of the server, and everything of "localhost"."""
    made = Fetcher(
        FakeClock(),
        trusted=[server.url("/ours"), server.url(host="localhost")],
        resolver=LyingResolver({"localtest.example": [["127.0.0.1"]], "localhost": [["127.0.0.1"]]}),
        proxies={},
    )
    yield made
    await made.close()


async def test_what_the_operator_has_written_down_is_asked(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/ours/feed"] = Page(body=b"ours")
    assert (await fetcher.get(server.url("/ours/feed"))).body == b"ours"


@pytest.mark.parametrize("path", ["/", "/oursandmore", "/ours/../else", "/ours/%2e%2e/else", "/other/ours"])
async def test_what_lies_beside_it_is_not(server: WebServer, fetcher: Fetcher, path: str) -> None:
    with pytest.raises(SourceError):
        await fetcher.get(server.url(path))
    assert server.asked == []


@pytest.mark.parametrize(
    "target",
    ["/secret", "http://127.0.0.1:{port}/secret", "http://localtest.example:8080/", "file:///etc/passwd", "//127.1/", "gopher://x/"],
)
async def test_a_redirect_out_of_what_was_written_down_is_guarded(server: WebServer, fetcher: Fetcher, target: str) -> None:
    server.pages["/ours/feed"] = moved(target.replace("{port}", str(URL(server.url()).port)))
    with pytest.raises(SourceError):
        await fetcher.get(server.url("/ours/feed"))
    assert server.paths() == ["/ours/feed"]


async def test_a_redirect_from_outside_does_not_become_trusted(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was asked for in the first place, and what that redirects to, is the operator's word."""
    async with WebServer() as outside:
        # The one port of the world is that of a server outside, which every number leads to.
        monkeypatch.setattr("bot.sources.fetch.guard.PORTS", {URL(outside.url()).port})
        monkeypatch.setattr("bot.sources.fetch.guard.is_public", lambda address: True)
        outside.pages["/x"] = moved(server.url("/ours/feed"))
        server.pages["/ours/feed"] = Page(body=b"ours")
        resolver = LyingResolver({"outside.example": [["127.0.0.1"]]})
        fetcher = Fetcher(FakeClock(), trusted=[server.url("/ours")], resolver=resolver, proxies={})
        with pytest.raises(SourceError, match="not one of the web"):
            await fetcher.get(outside.url("/x", host="outside.example"))
        assert (await fetcher.get(server.url("/ours/feed"))).body == b"ours"
        await fetcher.close()
        assert outside.paths() == ["/x"] and server.paths() == ["/ours/feed"]


async def test_a_number_that_got_past_every_other_look_is_not_connected_to(
    server: WebServer, guarded: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sources.fetch.fetcher.checked", lambda address, trusted: URL(address) if isinstance(address, str) else address)
    with pytest.raises(SourceError):
        await guarded.get(server.url("/"))
    assert server.asked == []


async def test_a_redirect_within_what_was_written_down_is_followed_with_its_headers(server: WebServer, fetcher: Fetcher) -> None:
    server.pages |= {"/ours/a": moved("b", status=301), "/ours/b": Page(body=b"here")}
    answer = await fetcher.get(server.url("/ours/a"), headers={"X-Key": "canary"})
    assert (answer.body, answer.url) == (b"here", server.url("/ours/b"))
    assert [asked.headers.get("X-Key") for asked in server.asked] == ["canary", "canary"]


async def test_a_key_meant_for_one_host_is_not_told_to_the_next(server: WebServer, fetcher: Fetcher) -> None:
    server.pages |= {"/ours/a": moved(server.url("/b", host="localhost")), "/b": Page(body=b"here")}
    await fetcher.get(server.url("/ours/a"), headers={"X-Key": "canary"})
    assert [asked.headers.get("X-Key") for asked in server.asked] == ["canary", None]


async def test_a_site_that_wants_its_cookie_back_gets_it_within_one_request(server: WebServer, fetcher: Fetcher) -> None:
    server.pages |= {
        "/ours/a": moved("/ours/idp", **{"Set-Cookie": "seen=1; Path=/"}),
        "/ours/idp": moved("/ours/b"),
        "/ours/b": Page(body=b"here"),
    }
    await fetcher.get(server.url("/ours/a"))
    await fetcher.get(server.url("/ours/b"))
    assert [asked.headers.get("Cookie") for asked in server.asked] == [None, "seen=1", "seen=1", None]


async def test_three_hundred_redirects_are_not_followed(server: WebServer, fetcher: Fetcher) -> None:
    server.pages |= {f"/ours/{number}": moved(f"/ours/{number + 1}") for number in range(300)}
    with pytest.raises(SourceError, match="more than 5 redirects"):
        await fetcher.get(server.url("/ours/0"))
    assert len(server.asked) == 6


async def test_a_question_that_is_posted_is_not_sent_elsewhere(server: WebServer, fetcher: Fetcher) -> None:
    server.pages |= {"/ours/a": moved("/ours/b", status=307), "/ours/b": Page(body=b"here")}
    answer = await fetcher.post(server.url("/ours/a"), body=b'{"ids": []}', headers={"Content-Type": "application/json"})
    assert answer.status == 307 and [asked.body for asked in server.asked] == [b'{"ids": []}']


async def test_a_proxy_is_used_for_others_but_not_for_our_own(server: WebServer) -> None:
    server.pages["/ours"] = Page(body=b"direct")
    server.pages["/"] = Page(body=b"by proxy")
    proxies = {"http": server.url().replace("//", "//user:canary@"), "no": "direct.example"}
    resolver = LyingResolver({"localtest.example": [["127.0.0.1"]], "public.example": [["1.1.1.1"]], "direct.example": [["127.0.0.1"]]})
    fetcher = Fetcher(FakeClock(), trusted=[server.url("/ours")], resolver=resolver, proxies=proxies)
    assert (await fetcher.get(server.url("/ours"))).body == b"direct"
    assert (await fetcher.get("http://public.example/")).body == b"by proxy"
    assert (await fetcher.get("http://unknown.example/")).body == b"by proxy"
    assert server.asked[1].headers["Proxy-Authorization"].startswith("Basic ")
    for address in ("http://localtest.example/", "http://127.0.0.1/", "http://direct.example/"):
        with pytest.raises(SourceError, match="public internet") as caught:
            await fetcher.get(address)
        assert "canary" not in str(caught.value)
    assert len(server.asked) == 3
    await fetcher.close()


@pytest.mark.parametrize("proxy", ["socks5://localhost:1080", "http://", "http://[::1"])
async def test_a_proxy_that_cannot_be_used_is_a_clear_error(proxy: str) -> None:
    fetcher = Fetcher(FakeClock(), proxies={"https": proxy})
    with pytest.raises(SourceError, match="proxy of the environment"):
        await fetcher.get("https://public.example/")
    await fetcher.close()
