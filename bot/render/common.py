"""What everybody needs in words: errors, help, and by their names from here cards and days."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.messages import Button, Item, Message, Tone
from bot.errors import BadInput, ConfigError, PapercrierError
from bot.grammar.reading import COMMANDS, ROOT, CommandSpec, usage
from bot.render.paper import byline, paper_card, paper_facts, paper_message, pdf_url
from bot.render.words import bars, counted, day_name, full_day, joined, moment_name, shortened

__all__ = [
    "bars",
    "byline",
    "command_message",
    "counted",
    "day_name",
    "error_message",
    "full_day",
    "help_message",
    "joined",
    "moment_name",
    "note",
    "paper_card",
    "paper_facts",
    "paper_message",
    "pdf_url",
    "shared_message",
    "shortened",
    "unexpected_message",
    "with_root",
]


#: Characters of a line that fits into a button.
_PRESSED = 86


def note(heading: str, intro: str = "", *, tone: Tone = Tone.PLAIN) -> Message:
    """A short answer without anything else."""
    return Message(heading=heading, intro=intro, tone=tone)


def error_message(error: PapercrierError, *, root: str = ROOT) -> Message:
    """What went wrong and what to do now. What was typed wrongly is a warning, everything else an error."""
    if isinstance(error, ConfigError):
        items = tuple(Item(label=str(number), text=problem) for number, problem in enumerate(error.problems, start=1))
        return Message(heading="The configuration cannot be used", items=items, tone=Tone.ERROR)
    tone = Tone.WARNING if isinstance(error, BadInput) else Tone.ERROR
    message = note(_sentence(error.message), _sentence(error.next_step), tone=tone)
    repairs = [line for line in error.repairs if len(line) <= _PRESSED] if isinstance(error, BadInput) else []
    buttons = tuple(Button(label=shortened(line, 70), action=f"run:{line}") for line in repairs[:4])
    return with_root(replace(message, buttons=buttons), root)


def shared_message(message: Message, by: str) -> Message:
    """An answer that was private, for everybody: who shared it, and without what only the asker could press."""
    heading = f"{by} shared: {message.heading}" if message.heading else f"{by} shared a paper"
    return replace(message, heading=heading, buttons=(), items=tuple(replace(item, buttons=()) for item in message.items))


def unexpected_message(incident: str) -> Message:
    """For a fault of our own; ``incident`` is found again in the log."""
    return note(
        "That did not work, and it is not your fault",
        f"Nothing was changed half-way. If it happens again, tell the operator this number: {incident}",
        tone=Tone.ERROR,
    )


def help_message(*, root: str = ROOT) -> Message:
    """All commands, with a line to begin with."""
    message = Message(
        heading="What you can ask",
        intro=f"Try {ROOT} search diffusion models, then press Subscribe to this. Answers are only for you until you share them.",
        items=tuple(Item(label=spec.verb, text=spec.summary, detail=usage(spec)) for spec in COMMANDS),
        notice=f'A query: words mean both, "exact phrase", a | b, -not, by:"Robin Jia", in:cs.CL, org:, title:, has:code, since:7d. '
        f"More about one command: {ROOT} help <command>",
    )
    return with_root(message, root)


def command_message(spec: CommandSpec, *, root: str = ROOT) -> Message:
    """One command in detail."""
    options = tuple(
        Item(label=option.name, text=option.summary, detail="needed" if option.required else _choices(option.choices))
        for option in spec.options
    )
    also = f"Also understood: {joined(spec.aliases)}." if spec.aliases else ""
    message = Message(
        heading=usage(spec),
        intro=f"{spec.summary}. Example: {ROOT} {spec.example}",
        items=options,
        notice=also,
    )
    return with_root(message, root)


def with_root(message: Message, root: str) -> Message:
    """``message`` with the root command named as it is here. Cards keep their text: it is not ours."""
    if root == ROOT:
        return message
    old, new = f"{ROOT} ", f"{root} ".lstrip()
    return replace(
        message,
        heading=message.heading.replace(old, new),
        intro=message.intro.replace(old, new),
        notice=message.notice.replace(old, new),
        items=tuple(replace(item, text=item.text.replace(old, new), detail=item.detail.replace(old, new)) for item in message.items),
    )


def _choices(choices: tuple[str, ...]) -> str:
    return f"one of {joined(choices, 'or')}" if choices else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
