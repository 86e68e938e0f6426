"""What a platform itself has to say: a form that waits or came too late, a file that cannot stand where it was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.messages import Button, ButtonStyle, Message, Tone
from bot.render.words import joined


def form_offered(action: str, *, late: bool = False) -> Message:
    """A form opens only right after a press: here is a button for it. ``late``: it was asked for, and there was no time left."""
    intro = "It did not open in time. Press the button, and it comes at once." if late else "It opens at a press."
    button = Button(label="Open the form", action=action, style=ButtonStyle.PRIMARY)
    return Message(heading="Fill in a form", intro=intro, buttons=(button,))


def one_moment() -> Message:
    """Stands where an answer takes longer than a platform waits."""
    return Message(intro="One moment…")


def file_elsewhere(names: Sequence[str]) -> str:
    """The line below an answer whose files nobody else shall see."""
    one = len(names) == 1
    return f"{joined(names)} {'comes' if one else 'come'} to your direct messages, where only you see {'it' if one else 'them'}."


def file_lost(names: Sequence[str], trouble: str) -> Message:
    return Message(
        heading=f"{joined(names)} could not be sent",
        intro=f"The platform did not take it ({trouble}). Ask for it again, or tell whoever set the bot up.",
        tone=Tone.WARNING,
    )
