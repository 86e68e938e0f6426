"""The doctor between real connections: what is good, what is not, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.rig import papercrier
from tests.servers.discord import DiscordServer
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer

pytestmark = pytest.mark.slow


async def test_the_doctor_names_a_missing_scope_a_foreign_channel_and_a_dead_token(tmp_path: Path) -> None:
    async with SlackServer() as slack, DiscordServer() as discord:
        config = tmp_path / "papercrier.toml"
        config.write_text(
            f"""
[adapters.slack]
bot_token = "{BOT_TOKEN}"
app_token = "{APP_TOKEN}"
api_url = "{slack.api_url}"
[adapters.discord]
token = "{discord.token}"
api_url = "{discord.api_url}"
gateway_url = "{discord.gateway_url}"
[[channels]]
to = "slack:C0PAPERS"
subscribe = ["looms"]
[[channels]]
to = "slack:C0NOWHERE"
subscribe = ["looms"]
[[channels]]
to = "discord:{discord.channel}"
subscribe = ["looms"]
"""
        )
        await papercrier("import", "--config", config, str(config), cwd=tmp_path)
        slack.scopes.discard("channels:history")
        ended = await papercrier("doctor", "--config", config, "--json", cwd=tmp_path)
        told = {one["subject"]: one for one in ended.document}
        assert ended.code == 1
        assert told["slack"]["level"] == told["discord"]["level"] == "good"
        assert told["slack:C0NOWHERE"]["level"] == "trouble" and told["slack:C0NOWHERE"]["next_step"]
        assert told["slack:C0PAPERS"]["level"] == "warning" and "channels:history" in told["slack:C0PAPERS"]["next_step"]
        assert told[f"discord:{discord.channel}"]["level"] == "good"
        discord.token_valid = False
        ended = await papercrier("doctor", "--config", config, "--json", cwd=tmp_path)
        told = {one["subject"]: one for one in ended.document}
        assert told["discord"]["level"] == "trouble" and "DISCORD_TOKEN" in told["discord"]["what"] + told["discord"]["next_step"]
        assert discord.token not in ended.out + ended.err
