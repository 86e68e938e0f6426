"""Commands about how a channel is served, and about the bot itself."""

from __future__ import annotations

from bot.grammar.spec import CommandSpec, OptionSpec, fill_option, maximum_option, style_option, to_option, zone_option

CHANNEL_COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec(
        verb="schedule",
        summary="When the digest comes; without a time it says when that is now",
        options=(
            OptionSpec(name="when", summary='Weekdays and a time: "mon-fri 09:00", "daily 8:30", "mon,thu 17:00"', rest=True),
            zone_option("last"),
            to_option(),
        ),
        example="schedule mon-fri 09:00 Europe/Berlin",
        manage=True,
    ),
    CommandSpec(
        verb="pause",
        summary="Post nothing until resumed, or until a day",
        options=(
            OptionSpec(name="until", summary="A day such as 2026-12-01, or a time from now such as 7d or 2w", rest=True),
            to_option(),
        ),
        aliases=("stop", "snooze"),
        example="pause 7d",
        manage=True,
    ),
    CommandSpec(
        verb="resume",
        summary="Post again, from the next digest on",
        options=(to_option("first"),),
        aliases=("unpause", "continue", "start"),
        example="resume",
        manage=True,
    ),
    CommandSpec(
        verb="settings",
        summary="How papers are posted; without options it shows how that is now",
        options=(
            maximum_option("At most this many papers in one digest, 1 to 50"),
            style_option(),
            fill_option(),
            OptionSpec(name="types", summary="Announcements that count, of new, cross and update: new,cross", aliases=("type",)),
            OptionSpec(name="when", summary='Weekdays and a time, such as "mon-fri 09:00"'),
            zone_option(),
            OptionSpec(name="deliver", summary="On schedule, or each paper as it arrives", kind="choice", choices=("digest", "instant")),
            to_option("first"),
        ),
        aliases=("set", "config", "options"),
        example="settings max:10 fill:unread",
        manage=True,
    ),
    CommandSpec(
        verb="preview",
        summary="The next digest as it stands now, only for you; nothing is posted or changed",
        options=(
            OptionSpec(name="rule", summary="Only what this subscription brings: its number, such as #2", rest=True, complete="rule"),
            to_option("first"),
        ),
        aliases=("next",),
        example="preview",
    ),
    CommandSpec(
        verb="status", summary="Whether everything runs, and when the next digest comes", aliases=("health", "ping"), example="status"
    ),
    CommandSpec(
        verb="help",
        summary="All commands, or one in detail",
        options=(OptionSpec(name="verb", summary="The command to explain", rest=True, longest=32),),
        aliases=("?", "commands", "usage"),
        example="help subscribe",
    ),
)
