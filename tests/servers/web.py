"""A web server on the loopback that serves what a test puts there, page by page, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer; ``etag`` makes it answer "not modified" to whoever knows it."""

    body: bytes = b""
    status: int = 200
    type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class WebServer:
    """``pages`` maps paths to answers or handlers, ``asked`` is what came in. Unknown paths are 404."""

    def __init__(self) -> None:
        self.pages: dict[str, Page | Handler] = {}
        self.asked: list[Asked] = []
        self.over = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)

    async def __aenter__(self) -> WebServer:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        await self._server.close()

    def url(self, path: str = "", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self._server.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(Asked(method=request.method, path=request.path_qs, headers=dict(request.headers), body=await request.read()))
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404, text="nothing here")
        if not isinstance(page, Page):
            return await page(request)
        headers = {"Content-Type": page.type, **page.headers}
        if page.etag:
            headers["ETag"] = page.etag
        if page.modified:
            headers["Last-Modified"] = page.modified
        known = (page.etag and request.headers.get("If-None-Match") == page.etag) or (
            page.modified and request.headers.get("If-Modified-Since") == page.modified
        )
        return web.Response(status=304 if known else page.status, body=b"" if known else page.body, headers=headers)


def moved(to: str, status: int = 302, **headers: str) -> Page:
    """A redirect."""
    return Page(status=status, headers={"Location": to, **headers})
