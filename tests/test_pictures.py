"""Charts: drawn by the real library in a process of its own, readable on any ground, and never waited for in vain."""

from __future__ import annotations

import asyncio
import io
from datetime import date

import numpy
import pytest
from matplotlib.image import imread

from bot.pictures.draw import COLOURS, GROUND, INK
from bot.pictures.painter import PaintingFailed, ProcessPainter
from bot.ports import Chart, Series

MONTHS = [date(2026, month, 1) for month in range(1, 10)]


def a_chart(*counts: list[int], kind: str = "lines", title: str = "graphs") -> Chart:
    series = tuple(Series(name=f"rule {number}", points=tuple(zip(MONTHS, one, strict=False))) for number, one in enumerate(counts))
    return Chart(title=title, unit="papers per month", series=series, kind=kind)  # type: ignore[arg-type]


def rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def share(picture: bytes, colour: str) -> float:
    """How much of the picture has that colour."""
    pixels = imread(io.BytesIO(picture), format="png")[:, :, :3]
    return float((numpy.abs(pixels - numpy.array(rgb(colour))).max(axis=2) < 0.02).mean())


def luminance(colour: str) -> float:
    """As the WCAG define it."""
    parts = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def test_every_series_is_seen_in_a_colour_of_its_own() -> None:
    picture = await ProcessPainter().paint(a_chart([1, 5, 2, 8, 3, 1, 4, 2, 9], [9, 4, 3, 1, 2, 7, 1, 8, 1]))
    assert share(picture, COLOURS[0]) > 0.003
    assert share(picture, COLOURS[1]) > 0.003
    assert share(picture, COLOURS[2]) == 0
    pixels = imread(io.BytesIO(picture), format="png")
    assert pixels.shape[:2] == (630, 1200)
    assert pixels.shape[2] == 3 or pixels[:, :, 3].min() == 1, "the ground is opaque: what surrounds it may be white or black"


async def test_higher_counts_are_higher_bars() -> None:
    few, many = [await ProcessPainter().paint(a_chart(counts, kind="bars")) for counts in ([1] * 8 + [9], [9] * 9)]
    assert share(many, COLOURS[0]) > 3 * share(few, COLOURS[0]) > 0


def test_text_and_lines_stand_out_from_the_ground() -> None:
    assert contrast(INK, GROUND) > 7
    assert all(contrast(colour, GROUND) > 4 for colour in COLOURS)


@pytest.mark.parametrize("title", ["$\\frac{a", "漢字 \U0001f642 \u202e abc", "<!channel> @everyone", "x" * 5000, "\x00\x1b[31m"])
async def test_hostile_titles_are_drawn_as_text(title: str) -> None:
    assert (await ProcessPainter().paint(a_chart([0, 0], title=title))).startswith(b"\x89PNG")


async def test_a_picture_of_nothing_is_an_empty_chart() -> None:
    picture = await ProcessPainter().paint(a_chart([0], kind="bars"))
    assert share(picture, GROUND) > 0.8


async def test_a_painter_that_fails_says_so() -> None:
    with pytest.raises(PaintingFailed, match="could not be drawn"):
        await ProcessPainter(program=("-c", "raise SystemExit(3)")).paint(a_chart([1]))
    with pytest.raises(PaintingFailed, match="could not be drawn"):
        await ProcessPainter(program=("-c", "print('no picture')")).paint(a_chart([1]))


async def test_a_painter_that_hangs_is_ended() -> None:
    with pytest.raises(PaintingFailed, match="too long"):
        await ProcessPainter(time_limit=0.2, program=("-c", "import time; time.sleep(60)")).paint(a_chart([1]))


async def test_who_stops_waiting_leaves_no_process_behind() -> None:
    painter = ProcessPainter(program=("-c", "import time; time.sleep(60)"))
    waiting = asyncio.create_task(painter.paint(a_chart([1])))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_chart_has_as_many_series_as_can_be_told_apart() -> None:
    with pytest.raises(ValueError, match="1 to 5 series"):
        a_chart(*([1] for _ in range(6)))
