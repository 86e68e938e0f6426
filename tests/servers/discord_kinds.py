"""What a loopback Discord is made of: kinds of channel, errors as the API answers them, and the mark that a delivery carries."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from adapters.discord.checks import Problem

TEXT, DM, CATEGORY, THREAD, FORUM = 0, 1, 4, 11, 15
_UNKNOWN = {10003: "Unknown Channel", 10004: "Unknown Guild", 10007: "Unknown Member", 10008: "Unknown Message", 10013: "Unknown User"}


def key_in(message: dict[str, Any]) -> str:
    """The delivery key that a message carries in a component or at the end of a footer."""
    text = json.dumps([message["components"], [embed.get("footer") for embed in message["embeds"]]])
    found = re.search(r"(?:#|· |\"text\": \")([a-z2-7]{24})\"", text)
    return found[1] if found else ""


class ApiError(Exception):
    """An answer of the API that is not 2xx."""

    def __init__(self, status: int, code: int, message: str = "", errors: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message or _UNKNOWN.get(code, "Error"), "code": code}
        if errors:
            self.body["errors"] = errors


def invalid_form(problems: list[Problem], under: str = "") -> ApiError:
    """400/50035 with the tree that Discord sends."""
    if all(problem.code == "EMPTY" for problem in problems):
        return ApiError(400, 50006, "Cannot send an empty message")
    tree: dict[str, Any] = {}
    for problem in problems:
        node = tree
        for part in filter(None, f"{under}.{problem.path}".split(".")):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return ApiError(400, 50035, "Invalid Form Body", tree)


@dataclass
class Channel:
    id: int
    name: str
    type: int = TEXT
    guild: int = 0
    parent: int = 0
    recipient: int = 0
    #: Rights taken away from the bot here.
    denied: int = 0
    locked: bool = False
    #: Of a thread: who began it, and whether it is archived.
    owner: int = 0
    archived: bool = False
    #: Of a forum: its tags (``{"id", "name", "moderated"}``) and whether a post needs one; of a post: the ids of its tags.
    tags: list[dict[str, Any]] = field(default_factory=list)
    tag_required: bool = False
    applied: list[str] = field(default_factory=list)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
