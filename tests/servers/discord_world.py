"""What a loopback Discord knows: servers, channels, people, messages, and who may do what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from discord import Permissions

from adapters.discord.checks import Problem, check_message
from tests.servers.discord_kinds import DM, FORUM, TEXT, THREAD, ApiError, Channel, invalid_form, key_in
from tests.servers.standing import Entry

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
#: Seconds for which a nonce is remembered. Discord says "a few minutes".
NONCE_WINDOW = 120.0
HAS_THREAD = 1 << 5
ALL = Permissions.all().value

#: The bot's rights as the invite link asks for them.
BOT_RIGHTS = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    create_public_threads=True,
    use_application_commands=True,
).value


class World:
    """One bot, one server named "Reading Group" with #general and #papers, and whoever comes along."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self._count = 0
        self.bot = self.snowflake()
        self.application = self.bot
        self.owner = self.snowflake()
        self.users: dict[int, str] = {self.owner: "Olga Owner"}
        self.guilds: dict[int, str] = {}
        self.rights: dict[int, int] = {}
        self.roles: dict[int, int] = {}
        self.channels: dict[int, Channel] = {}
        self._dms: dict[int, Channel] = {}
        self.closed_dms: set[int] = set()
        self.nonces: dict[str, tuple[int, int, datetime]] = {}
        self.nonce_window = NONCE_WINDOW
        self.deleted: set[int] = set()
        #: Every message that the bot ever posted with a nonce, in the order they were stored.
        self.log: list[Entry] = []
        #: Attachment id -> what the file holds.
        self.files: dict[str, bytes] = {}
        #: What pinged somebody, as it was written.
        self.pings: list[str] = []
        self.guild = self.add_guild("Reading Group")
        self.general = self.add_channel("general")
        self.papers = self.add_channel("papers")

    def snowflake(self) -> int:
        self._count += 1
        return (int((self.now() - EPOCH) / timedelta(milliseconds=1)) << 22) + self._count

    def add_guild(self, name: str) -> int:
        guild = self.snowflake()
        self.guilds[guild], self.rights[guild], self.roles[guild] = name, BOT_RIGHTS, self.snowflake()
        return guild

    def add_channel(self, name: str, *, type: int = TEXT, guild: int = 0) -> int:
        channel = Channel(id=self.snowflake(), name=name, type=type, guild=guild or self.guild)
        self.channels[channel.id] = channel
        return channel.id

    def add_forum(self, name: str, *tags: str, required: bool = False, moderated: tuple[str, ...] = ()) -> int:
        """A forum channel with these tags."""
        forum = self.channels[self.add_channel(name, type=FORUM)]
        forum.tags = [{"id": str(self.snowflake()), "name": tag, "moderated": tag in moderated} for tag in (*tags, *moderated)]
        forum.tag_required = required
        return forum.id

    def posts(self, forum: int | str) -> list[Channel]:
        """The posts of a forum, oldest first."""
        return sorted((one for one in self.channels.values() if one.parent == int(forum)), key=lambda one: one.id)

    def tag_names(self, post: Channel) -> list[str]:
        return [tag["name"] for number in post.applied for tag in self.channels[post.parent].tags if tag["id"] == number]

    def add_user(self, name: str) -> int:
        user = self.snowflake()
        self.users[user] = name
        return user

    def dm(self, user: int) -> Channel:
        """The direct messages with a person, opened where needed."""
        if user not in self.users:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        if user not in self._dms:
            found = Channel(id=self.snowflake(), name="", type=DM, recipient=user)
            self.channels[found.id] = self._dms[user] = found
        return self._dms[user]

    def address(self, channel: Channel) -> str:
        """How deliveries to this place are addressed: those in a thread to its channel."""
        return f"@{channel.recipient}" if channel.type == DM else str(channel.parent if channel.type == THREAD else channel.id)

    def remove(self, channel: Channel, message: int) -> None:
        """Delete a message. Its nonce is remembered."""
        del channel.messages[message]
        self.deleted.add(message)

    def deny(self, channel: int | str, **rights: bool) -> None:
        """Take rights away from the bot in a channel: ``deny(id, embed_links=True)``."""
        self.channels[int(channel)].denied |= Permissions(**rights).value

    def grant(self, channel: int | str) -> None:
        self.channels[int(channel)].denied = 0

    def bot_rights(self, channel: Channel) -> Permissions:
        if channel.type == DM:
            return Permissions(ALL)
        home = self.channels[channel.parent] if channel.type == THREAD else channel
        return Permissions(self.rights[channel.guild] & ~home.denied & ~channel.denied)

    def visible(self, channel: str | int) -> Channel:
        """The channel if the bot may see it."""
        found = self.channels.get(int(channel))
        if found is None:
            raise ApiError(404, 10003)
        if found.guild and (found.guild not in self.guilds or not self.bot_rights(found).view_channel):
            raise ApiError(403, 50001, "Missing Access")
        return found

    def post(self, channel: Channel, payload: dict[str, Any]) -> dict[str, Any]:
        """Create a message as the bot; the answer has the nonce, what is stored has not."""
        self._may_post(channel)
        nonce = payload.get("nonce")
        if nonce is not None and not (isinstance(nonce, str) and 1 <= len(nonce) <= 25):
            raise invalid_form([Problem("nonce", "NONCE_TYPE_TOO_LONG", "Nonce must be at most 25 characters")])
        if nonce is not None and payload.get("enforce_nonce") and nonce in self.nonces:
            place, known, at = self.nonces[nonce]
            if (self.now() - at).total_seconds() <= self.nonce_window:
                if known in self.deleted:
                    raise ApiError(404, 10008)
                return {**self.channels[place].messages[known], "nonce": nonce}
        if problems := check_message(payload):
            raise invalid_form(problems)
        if not self.bot_rights(channel).embed_links and payload.get("embeds"):
            if not (payload.get("content") or "").strip():
                raise ApiError(403, 50013, "Missing Permissions")
            payload = {**payload, "embeds": []}
        message = self.message(channel.id, payload)
        channel.messages[int(message["id"])] = message
        if nonce is not None:
            self.nonces[nonce] = (channel.id, int(message["id"]), self.now())
            self.log.append(Entry(self.address(channel), nonce, message["id"]))
        self._ping(payload)
        return message if nonce is None else {**message, "nonce": nonce}

    def open_post(self, forum: Channel, payload: dict[str, Any], owner: int = 0) -> tuple[Channel, dict[str, Any]]:
        """Begin a thread in a forum with its first message, whose id it gets. Discord forgets every nonce here."""
        if forum.type != FORUM:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        if not self.bot_rights(forum).send_messages:
            raise ApiError(403, 50013, "Missing Permissions")
        if not 1 <= len(payload.get("name") or "") <= 100:
            raise invalid_form([Problem("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")])
        applied = [str(tag) for tag in payload.get("applied_tags") or ()]
        known = {tag["id"]: tag for tag in forum.tags}
        if len(applied) > 5 or not set(applied) <= known.keys():
            raise invalid_form([Problem("applied_tags", "BASE_TYPE_BAD_LENGTH", "Must be 5 or fewer in length.")])
        if forum.tag_required and not applied:
            raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
        if any(known[tag]["moderated"] for tag in applied) and not self.bot_rights(forum).manage_threads:
            raise ApiError(403, 50013, "Missing Permissions")
        body = payload.get("message") or {}
        if problems := check_message(body):
            raise invalid_form(problems, "message")
        if not self.bot_rights(forum).embed_links and body.get("embeds"):
            body = {**body, "embeds": []}
        message = self.message(0, body)
        post = Channel(id=int(message["id"]), name=payload["name"], type=THREAD, guild=forum.guild, parent=forum.id, applied=applied)
        post.owner = owner or self.bot
        message["channel_id"] = message["id"]
        post.messages[post.id] = message
        self.channels[post.id] = post
        if not owner and (key := key_in(message)):
            self.log.append(Entry(str(forum.id), key, message["id"]))
        self._ping(body)
        return post, message

    def _may_post(self, channel: Channel) -> None:
        if channel.type == DM and channel.recipient in self.closed_dms:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        if channel.type == FORUM:
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        if channel.locked:
            raise ApiError(400, 160005, "Thread is locked")
        channel.archived = False
        rights = self.bot_rights(channel)
        if not (rights.send_messages_in_threads if channel.type == THREAD else rights.send_messages):
            raise ApiError(403, 50013, "Missing Permissions")

    def message(self, channel: int, payload: dict[str, Any], *, flags: int = 0) -> dict[str, Any]:
        """A message object as the API writes it."""
        now = self.now().isoformat()
        return {
            "id": str(self.snowflake()),
            "channel_id": str(channel),
            "author": self.user(self.bot),
            "content": (payload.get("content") or "").strip(),
            "embeds": [{**embed, "type": "rich"} for embed in payload.get("embeds") or ()],
            "components": payload.get("components") or [],
            "flags": flags or payload.get("flags") or 0,
            "timestamp": now,
            "edited_timestamp": None,
            "type": 0,
            "tts": False,
            "pinned": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": self._uploaded(payload.get("attachments") or []),
        }

    def edit(self, message: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
        """Change the parts of a message that ``payload`` names."""
        parts = {name: payload[name] for name in ("content", "embeds", "components", "attachments") if name in payload}
        after = dict(message)
        if "attachments" in parts:
            parts["attachments"] = self._uploaded(parts["attachments"] or [])
        for name, part in parts.items():
            after[name] = part if part is not None else "" if name == "content" else []
        if problems := check_message(after):
            raise invalid_form(problems)
        after["embeds"] = [{**embed, "type": "rich"} for embed in after["embeds"]]
        message.update(after, edited_timestamp=self.now().isoformat())
        self._ping(payload)
        return message

    def _uploaded(self, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Files as messages name them; what they hold is in ``files``."""
        kept = []
        if len(files) > 10:
            raise invalid_form([Problem("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")])
        for file in files:
            if "content" not in file:  # it stands there already
                kept.append(file)
                continue
            if file["size"] > 10 << 20:
                raise ApiError(413, 40005, "Request entity too large")
            if len(file["description"] or "") > 1024:
                raise invalid_form([Problem("attachments.0.description", "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")])
            number = str(self.snowflake())
            self.files[number] = file["content"]
            name = re.sub(r"[^\w.-]", "_", file["filename"])
            address = f"https://files.invalid/{number}/{name}"
            about = {"filename": name, "description": file["description"], "size": file["size"]}
            kept.append({"id": number, **about, "url": address, "proxy_url": address})
        return kept

    def _ping(self, payload: dict[str, Any]) -> None:
        allowed = payload.get("allowed_mentions")
        if allowed is None or allowed.get("parse"):
            self.pings += re.findall(r"@everyone|@here|<@[!&]?\d+>", payload.get("content") or "")

    def reaction(
        self, channel: Channel, message: dict[str, Any], emoji: str, user: int, *, added: bool
    ) -> list[tuple[str, dict[str, Any]]]:
        """The event of a reaction. Who wrote the message is told when it is added only."""
        self.users.setdefault(user, f"Person {user % 1000}")
        name, _, number = emoji.partition(":")
        event: dict[str, Any] = {
            "user_id": str(user),
            "channel_id": str(channel.id),
            "message_id": message["id"],
            "emoji": {"id": number or None, "name": name, "animated": False},
            "burst": False,
            "type": 0,
        }
        if channel.guild:
            event["guild_id"] = str(channel.guild)
        if added:
            event["message_author_id"] = message["author"]["id"]
            if channel.guild:
                event["member"] = self.member(user, channel.guild)
        return [("MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE", event)]

    # --- objects as the API writes them ---

    def user(self, user: int) -> dict[str, Any]:
        name = "Papercrier" if user == self.bot else self.users[user]
        handle = name.lower().replace(" ", ".")
        return {
            "id": str(user),
            "username": handle,
            "global_name": name,
            "discriminator": "0",
            "avatar": None,
            "bot": user == self.bot,
            "public_flags": 0,
        }

    def channel(self, channel: Channel) -> dict[str, Any]:
        data: dict[str, Any] = {"id": str(channel.id), "type": channel.type, "last_message_id": None, "flags": 0}
        if channel.type == DM:
            return {**data, "recipients": [self.user(channel.recipient)]}
        denied = {"id": str(self.bot), "type": 1, "allow": "0", "deny": str(channel.denied)}
        data |= {"guild_id": str(channel.guild), "name": channel.name, "parent_id": str(channel.parent) if channel.parent else None}
        if channel.type == THREAD:
            archive = {
                "archived": channel.archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": self.now().isoformat(),
                "locked": channel.locked,
            }
            return {
                **data,
                "owner_id": str(channel.owner or self.bot),
                "applied_tags": channel.applied,
                "message_count": 0,
                "member_count": 1,
                "rate_limit_per_user": 0,
                "thread_metadata": archive,
            }
        if channel.type == FORUM:
            tags = [{**tag, "emoji_id": None, "emoji_name": None} for tag in channel.tags]
            forum = {"default_sort_order": None, "default_forum_layout": 0, "default_reaction_emoji": None}
            data |= {**forum, "available_tags": tags, "flags": 1 << 4 if channel.tag_required else 0}
        return {**data, "position": 0, "permission_overwrites": [denied], "nsfw": False, "topic": None, "rate_limit_per_user": 0}

    def member(self, user: int, guild: int) -> dict[str, Any]:
        roles = [str(self.roles[guild])] if user == self.bot else []
        since = EPOCH.isoformat()
        return {"user": self.user(user), "roles": roles, "joined_at": since, "deaf": False, "mute": False, "flags": 0, "nick": None}

    def guild_object(self, guild: int) -> dict[str, Any]:
        def role(id: int, name: str, rights: int) -> dict[str, Any]:
            looks = {"color": 0, "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False}
            return {
                "id": str(id),
                "name": name,
                "permissions": str(rights),
                "position": 0,
                "managed": False,
                "mentionable": False,
                "flags": 0,
                **looks,
            }

        everyone = Permissions(use_application_commands=True, mention_everyone=True).value
        return {
            "id": str(guild),
            "name": self.guilds[guild],
            "owner_id": str(self.owner),
            "roles": [role(guild, "@everyone", everyone), role(self.roles[guild], "Papercrier", self.rights[guild])],
            "emojis": [],
            "stickers": [],
            "features": [],
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "premium_progress_bar_enabled": False,
            "system_channel_flags": 0,
        }

    def guild_create(self, guild: int) -> dict[str, Any]:
        """The gateway's larger version."""
        rooms = [channel for channel in self.channels.values() if channel.guild == guild]
        return {
            **self.guild_object(guild),
            "large": False,
            "unavailable": False,
            "member_count": 2,
            "joined_at": EPOCH.isoformat(),
            "channels": [self.channel(channel) for channel in rooms if channel.type != THREAD],
            "threads": [self.channel(channel) for channel in rooms if channel.type == THREAD],
            "members": [self.member(self.bot, guild)],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
