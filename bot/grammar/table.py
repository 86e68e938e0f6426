"""The commands as one table. Slack's text parser, Discord's registration, help and the README are all read from it."""

from __future__ import annotations

from bot.grammar.channel import CHANNEL_COMMANDS
from bot.grammar.library import LIBRARY_COMMANDS
from bot.grammar.papers import PAPER_COMMANDS, SORTS
from bot.grammar.rules import KINDS, RULE_COMMANDS
from bot.grammar.spec import QUERY_LENGTH, CommandSpec, OptionSpec

__all__ = ["COMMANDS", "KINDS", "QUERY_LENGTH", "SORTS", "CommandSpec", "OptionSpec"]

COMMANDS: tuple[CommandSpec, ...] = (*PAPER_COMMANDS, *LIBRARY_COMMANDS, *RULE_COMMANDS, *CHANNEL_COMMANDS)
