"""The ways an answer takes to whoever asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.answers import trouble
from adapters.slack.publish import say
from adapters.slack.render import to_payload
from adapters.slack.uploads import direct_channel, upload
from adapters.slack.wire import Asked, Body, Wire
from bot.clock import Turns
from bot.domain.messages import Message
from bot.domain.requests import Reply, Request, What
from bot.errors import BadInput
from bot.render.common import error_message, unexpected_message
from bot.render.trouble import file_elsewhere, file_lost

log = logging.getLogger(__name__)


class Answers:
    """Asks the house and brings back what it says. Nothing here raises."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._turns = Turns()

    async def ask(self, asked: Asked, read: Callable[[], What]) -> Reply:
        """The reply to what ``read`` makes of the question; what cannot be read is explained."""
        try:
            return await self._wire.handler.handle(Request(actor=asked.actor, place=asked.place, what=read()))
        except BadInput as error:
            return Reply(message=error_message(error, root=self._wire.settings.command))
        except Exception as error:
            return Reply(message=self.unexpected(error, asked))

    async def answer(self, asked: Asked, read: Callable[[], What]) -> None:
        await self.give(asked, await self.ask(asked, read))

    def unexpected(self, error: BaseException, asked: Asked) -> Message:
        """For a fault of our own: logged under a number that the asker is told."""
        incident = uuid4().hex[:8]
        log.error("request failed", exc_info=error, extra={"incident": incident, "destination": asked.place.key})
        return unexpected_message(incident)

    async def give(self, asked: Asked, reply: Reply) -> None:
        """To the asker alone, or to all in the conversation where the reply says so; then its files."""
        shown = replace(reply, message=self.noted(asked, reply))
        if asked.url:
            await self._through_url(asked, shown)
        else:
            await self._to_asker(asked, shown)
        await self.give_files(asked, reply)

    def noted(self, asked: Asked, reply: Reply) -> Message:
        """The message, which says so where its files come elsewhere."""
        if not reply.files or _beside(asked, reply):
            return reply.message
        notice = " ".join(filter(None, (reply.message.notice, file_elsewhere([file.name for file in reply.files]))))
        return replace(reply.message, notice=notice)

    async def give_files(self, asked: Asked, reply: Reply) -> None:
        if not reply.files:
            return
        # The conversation of a command may be one between two people, where the bot is no party: direct messages are asked for.
        wire, beside = self._wire, _beside(asked, reply) and not asked.place.personal
        try:
            channel = asked.channel if beside else await direct_channel(wire.client, asked.actor.id)
            await upload(wire.client, wire.session, reply.files, channel=channel, thread=asked.thread if beside else "")
        except Exception as error:
            log.warning("files for %s in %s were lost: %s", asked.actor.id, asked.place.key, trouble(error))
            await self._to_asker(asked, Reply(message=file_lost([file.name for file in reply.files], trouble(error))))

    async def _through_url(self, asked: Asked, reply: Reply) -> None:
        """Through the address that came with the question."""
        async with self._turns:
            payload = to_payload(reply.message)
        replaced = asked.pressed and reply.update
        payload["replace_original"] = replaced
        if not replaced:
            payload["response_type"] = "ephemeral" if reply.private else "in_channel"
            if asked.thread:
                payload["thread_ts"] = asked.thread
        if replaced and "blocks" not in payload:
            payload["blocks"] = []
        problem = await self._send(asked.url, payload)
        if problem.startswith("http_400") and "blocks" in payload:
            log.error("slack refused an answer (%s), sent as plain text", problem)
            problem = await self._send(asked.url, {**payload, "blocks": [], "text": payload["text"]})
        if problem and reply.private:
            log.warning("answer through the response address failed (%s), sent as a message of its own", problem)
            await self._to_asker(asked, reply)
        elif problem:
            log.warning("an answer for %s in %s was lost: %s", asked.actor.id, asked.place.key, problem)

    async def _send(self, url: str, payload: Body) -> str:
        """Empty when it arrived, else what went wrong. A private answer is tried twice: a second one does no harm."""
        problem = ""
        client = AsyncWebhookClient(url, session=self._wire.session, retry_handlers=[])
        for attempt in range(1 if payload.get("response_type") == "in_channel" else 2):
            if attempt:
                await self._wire.clock.sleep(1.0)
            try:
                response = await client.send_dict(payload)
            except Exception as error:
                problem = trouble(error)
                continue
            if response.status_code == 200:
                return ""
            problem = f"http_{response.status_code} {response.body[:100]}"
            if response.status_code < 500 and response.status_code != 429:
                break
        return problem

    async def _to_asker(self, asked: Asked, reply: Reply) -> None:
        """Where there is no address to answer to, for the asker's eyes only: what all may see goes through the outbox."""
        client, payload = self._wire.client, to_payload(reply.message)
        try:
            if asked.place.personal or not asked.channel:
                await say(client, asked.actor.id, payload, thread=asked.thread)
            else:
                await client.chat_postEphemeral(channel=asked.channel, user=asked.actor.id, thread_ts=asked.thread or None, **payload)
        except Exception as error:
            log.warning("an answer for %s in %s was lost: %s", asked.actor.id, asked.place.key, trouble(error))


def _beside(asked: Asked, reply: Reply) -> bool:
    """Whether the files of a reply may stand where it stands: in direct messages, or where it is itself for all to see."""
    return bool(asked.channel) and (asked.place.personal or (not reply.private and bool(asked.url)))
