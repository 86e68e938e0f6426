"""What happens in conversations without an address for answers: mentions, direct messages, reactions, links that somebody posts."""

from __future__ import annotations

import logging
import re

from adapters.slack.answering import Answers
from adapters.slack.answers import trouble
from adapters.slack.render import to_blocks
from adapters.slack.wire import Body, Wire, asked_by_event, plain_text
from bot.domain.messages import Message
from bot.domain.requests import Command, Lookup, Reaction, Reply
from bot.grammar.reading import find_command, form_action, form_command, parse_command
from bot.render.trouble import form_offered

log = logging.getLogger(__name__)

#: Links of one message that get a preview, and the blocks of each.
_LINKS, _LINK_BLOCKS = 5, 10
#: What names a paper without any verb: an address, an arXiv id, a DOI.
_NAMES_A_PAPER = re.compile(r"https?://|(?<![\w.])\d{4}\.\d{4,5}(?:v\d+)?\b|(?<![\w.])10\.\d{4,9}/\S")
#: Slack's names -> the characters themselves, of what people vote and sort with. Another name stays a name.
_EMOJI = {
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "heart": "❤️",
    "fire": "🔥",
    "star": "⭐",
    "star2": "🌟",
    "tada": "🎉",
    "eyes": "👀",
    "bookmark": "🔖",
    "pushpin": "📌",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "no_entry_sign": "🚫",
}


class Events:
    """Turns events into requests. Nothing here raises for what Slack answers."""

    def __init__(self, wire: Wire, replies: Answers) -> None:
        self._wire = wire
        self._replies = replies

    async def said(self, event: Body) -> None:
        """A mention, or a message to the bot alone: the same verbs as the command, because slash commands do not run in threads."""
        if not event.get("user") or event.get("bot_id") or event.get("subtype"):
            return
        text = re.sub(rf"<@{re.escape(self._wire.identity.bot_user)}(\|[^>]*)?>", " ", event.get("text") or "")
        asked = await asked_by_event(self._wire, event, channel=event["channel"])
        if form := form_command(plain_text(text)):
            # Only a press opens a form.
            await self._replies.give(asked, Reply(message=form_offered(form_action(form).encode())))
            return
        await self._replies.answer(asked, lambda: _read(plain_text(text)))

    async def reacted(self, event: Body) -> None:
        """An emoji on a message of ours. Nobody waits for words."""
        item = event.get("item") or {}
        ours = event.get("item_user") == self._wire.identity.bot_user and item.get("type") == "message"
        if not ours or not event.get("user"):
            return
        name = str(event.get("reaction") or "").partition("::")[0]
        emoji, added = _EMOJI.get(name, f":{name}:"), event.get("type") == "reaction_added"
        asked = await asked_by_event(self._wire, event, channel=item["channel"])
        await self._replies.ask(asked, lambda: Reaction(remote_id=str(item["ts"]), emoji=emoji, added=added))

    async def shared(self, event: Body) -> None:
        """Links that somebody posts get a preview, where they lead to papers we know and the operator wants it."""
        if not self._wire.settings.unfurl or not event.get("user") or event["user"] == self._wire.identity.bot_user:
            return
        asked = await asked_by_event(self._wire, event, channel=event["channel"])
        unfurls: dict[str, Body] = {}
        for link in (event.get("links") or ())[:_LINKS]:
            url = str(link["url"])
            reply = await self._replies.ask(asked, lambda url=url: Lookup(text=plain_text(url)))  # type: ignore[misc]  # bound now
            if reply.message.cards:
                shown = Message(cards=reply.message.cards[:1], notice=reply.message.notice)
                unfurls[url] = {"blocks": to_blocks(shown, most=_LINK_BLOCKS)}
        if not unfurls:
            return
        by_id = {"unfurl_id": event.get("unfurl_id"), "source": event.get("source")}
        where = by_id if all(by_id.values()) else {"channel": event["channel"], "ts": event["message_ts"]}
        try:
            await self._wire.client.chat_unfurl(unfurls=unfurls, **where)
        except Exception as error:
            log.info("a preview in %s was not shown: %s", asked.place.key, trouble(error))


def _read(text: str) -> Command | Lookup:
    """A command; or, where no verb begins the text but a paper is named in it, the question which paper that is."""
    words = text.split()
    if words and find_command(words[0]) is None and _NAMES_A_PAPER.search(text):
        return Lookup(text=text.strip())
    return parse_command(text)
