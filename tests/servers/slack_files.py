"""Files and previews as the loopback Slack takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from adapters.slack.checks import check_message
from tests.servers.slack_parts import Json, Posted, Refused, Room, Uploaded


@dataclass(frozen=True, slots=True)
class Preview:
    """What stands below a link: in which message, or (``composer``) in one that is still being written."""

    url: str
    posted: Posted
    channel: str
    ts: str


class Files:
    """``files.getUploadURLExternal``, the upload itself, ``files.completeUploadExternal``; and ``chat.unfurl``."""

    rooms: dict[str, Room]
    _numbers: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.previews: list[Preview] = []
        self._uploads: dict[str, Uploaded] = {}
        #: Links that were told, by the ways to name their message.
        self._links: dict[tuple[str, str], tuple[str, str, tuple[str, ...]]] = {}

    @property
    def base_url(self) -> str:
        raise NotImplementedError

    def _need(self, scope: str) -> None:
        raise NotImplementedError

    def _room(self, channel: str, *, writing: bool = False) -> Room:
        raise NotImplementedError

    def _posted(self, channel: str, params: Json, **fields: object) -> Posted:
        raise NotImplementedError

    def changed(self) -> None:
        raise NotImplementedError

    def _do_files_getUploadURLExternal(self, params: Json) -> Json:
        self._need("files:write")
        length = int(params.get("length") or 0)
        if not params.get("filename") or length < 1:
            raise Refused("missing_argument")
        alt = str(params.get("alt_txt") or "")
        if len(alt) > 1_000:
            raise Refused("alt_txt_too_large")
        file_id = f"F{next(self._numbers)}"
        self._uploads[file_id] = Uploaded(id=file_id, name=str(params["filename"]), length=length, alt=alt)
        return {"upload_url": f"{self.base_url}/upload/{file_id}", "file_id": file_id}

    async def take_upload(self, request: web.Request) -> web.Response:
        upload = self._uploads.get(request.match_info["id"])
        if upload is None or upload.content:
            return web.Response(status=404, text="no such upload")
        if request.content_type.startswith("multipart/"):
            part = (await request.post()).get("file") or (await request.post()).get("filename")
            content = part.file.read() if isinstance(part, web.FileField) else b""
        else:
            content = await request.read()
        if len(content) != upload.length:
            return web.Response(status=400, text="not as long as announced")
        upload.content = content
        return web.Response(text=f"OK - {len(content)}")

    def _do_files_completeUploadExternal(self, params: Json) -> Json:
        self._need("files:write")
        named = json.loads(params["files"]) if isinstance(params.get("files"), str) else params.get("files")
        uploads = [self._uploads.get(str(one.get("id"))) for one in named or ()]
        if not uploads:
            raise Refused("missing_argument")
        files = [upload for upload in uploads if upload is not None and upload.content and not upload.shared]
        if len(files) != len(uploads):
            raise Refused("file_not_found")
        if channel := str(params.get("channel_id") or ""):
            if channel[:1] not in ("C", "D", "G"):
                raise Refused("invalid_channel")
            room = self._room(channel, writing=True)
            posted = self._posted(channel, {"thread_ts": params.get("thread_ts") or "", "text": params.get("initial_comment") or ""})
            posted.files = files
            room.messages.append(posted)
        for upload, one in zip(files, named, strict=True):
            upload.shared, upload.title = True, str(one.get("title") or upload.name)
        self.changed()
        return {"files": [{"id": upload.id, "title": upload.title} for upload in files]}

    def links_told(self, *, unfurl_id: str, source: str, channel: str, ts: str, urls: tuple[str, ...]) -> None:
        self._links[unfurl_id, source] = self._links[channel, ts] = (channel, ts, urls)

    def _do_chat_unfurl(self, params: Json) -> Json:
        self._need("links:write")
        by_id = (str(params.get("unfurl_id") or ""), str(params.get("source") or ""))
        key = by_id if all(by_id) else (str(params.get("channel") or ""), str(params.get("ts") or ""))
        if not all(key):
            raise Refused("missing_unfurl_id" if any(by_id) else "missing_channel")
        if key not in self._links:
            raise Refused("cannot_find_message")
        channel, ts, urls = self._links[key]
        unfurls = params.get("unfurls") or {}
        if not unfurls:
            raise Refused("missing_unfurls")
        for url, preview in unfurls.items():
            if url not in urls:
                raise Refused("cannot_unfurl_url")
            if refusal := check_message({"text": "", "blocks": preview.get("blocks")}):
                raise Refused("cannot_parse_attachment", errors=list(refusal.reasons))
            self.previews.append(Preview(url, self._posted(channel, {"text": "", "blocks": preview["blocks"]}), channel, ts))
        self.changed()
        return {}
