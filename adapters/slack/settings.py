"""What the Slack adapter needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.secret import Secret

API_URL = "https://slack.com/api/"


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackSettings:
    """``bot_token`` (xoxb-) posts; ``app_token`` (xapp-) hears commands and may be left out. ``command`` is the root command as
    the app's manifest names it. ``manage`` says who may change what a channel gets: its members, or admins of the workspace."""

    bot_token: Secret
    app_token: Secret | None = None
    api_url: str = API_URL
    command: str = "/papers"
    manage: Literal["members", "admins"] = "members"
    #: Seconds one request to Slack may take.
    timeout: float = 30.0
    #: Show a preview below links to papers that people post.
    unfurl: bool = False

    def __post_init__(self) -> None:
        if not self.command.startswith("/"):
            object.__setattr__(self, "command", f"/{self.command}")
        if not self.api_url.endswith("/"):
            object.__setattr__(self, "api_url", f"{self.api_url}/")
