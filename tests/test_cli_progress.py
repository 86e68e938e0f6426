"""What a person sees while papers are read in."""

from __future__ import annotations

import io

from rich.console import Console

from bot.cli.progress import watching
from bot.services.ingest import Progress


def test_counts_are_shown_on_a_terminal_and_gone_afterwards() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=160)
    with watching("arxiv", console) as watch:
        watch(Progress(announced=1204, read=500, new=480, merged=20, where="cs.CL"))
    shown = screen.getvalue()
    assert "reading arxiv" in shown and "500 of 1,204 read" in shown and "480 new, 20 merged · cs.CL" in shown
    assert shown.rstrip("\n").endswith("\x1b[2K"), "the line is wiped at the end"


def test_nothing_reaches_a_pipe() -> None:
    pipe = io.StringIO()
    with watching("arxiv", Console(file=pipe)) as watch:
        watch(Progress(read=500))
    assert pipe.getvalue() == ""
