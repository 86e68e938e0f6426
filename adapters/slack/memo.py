"""What a form or a page of answers carries with it, so that nothing need be remembered here: it works after a restart too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from adapters.slack.limits import METADATA


@dataclass(frozen=True, kw_only=True, slots=True)
class Memo:
    """Written into a view's ``private_metadata``. Nobody in the workspace sees it."""

    #: The form's name and state; empty for a page of answers.
    form: str = ""
    state: str = ""
    #: The conversation it was opened in, its name, and the thread; empty on somebody's own page.
    channel: str = ""
    name: str = ""
    thread: str = ""
    #: Where answers go, for half an hour.
    url: str = ""

    def encode(self) -> str:
        text = json.dumps({name: value for name, value in asdict(self).items() if value}, separators=(",", ":"))
        if len(text) <= METADATA:
            return text
        return replace(self, url="").encode() if self.url else ""

    @classmethod
    def decode(cls, text: str) -> Memo:
        """An empty memo for what this does not understand."""
        try:
            found = json.loads(text or "{}")
        except ValueError:
            return cls()
        known = {one.name for one in fields(cls)}
        return cls(**{name: str(value) for name, value in found.items() if name in known}) if isinstance(found, dict) else cls()
