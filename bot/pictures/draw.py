"""``python -m bot.pictures.draw``: a chart as JSON on standard input, a PNG on standard output."""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from datetime import date
from itertools import pairwise
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

#: Colours that people with any colour vision tell apart; dark enough for thin lines on the ground below.
COLOURS = ("#0072B2", "#B84E00", "#007A5E", "#A33E83", "#6B5B00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")
#: An opaque, quiet ground of its own: what surrounds it may be white or black.
GROUND, INK, FAINT = "#F6F5F1", "#26262B", "#C9C7BF"
#: Inches and dots an inch: 1200 × 630 pixels.
SIZE, DPI = (8.0, 4.2), 150
#: More points than this need no marks.
MARKED = 40


def draw(chart: dict[str, Any]) -> bytes:
    """The PNG of a chart (``bot.ports.Chart`` as JSON)."""
    mpl.rcParams.update({"font.family": "DejaVu Sans", "text.parse_math": False, "axes.unicode_minus": False})
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor=GROUND, layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12))
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=GROUND)
    (_bars if chart["kind"] == "bars" else _lines)(axes, chart["series"])
    axes.set_title(_shortened(chart["title"], 48), loc="left", color=INK, fontsize=13, fontweight="bold", pad=12)
    axes.set_ylabel(chart["unit"], color=INK)
    axes.set_ylim(bottom=0, top=max(1.0, axes.get_ylim()[1]))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    axes.tick_params(colors=INK, length=0)
    if len(chart["series"]) > 1:
        figure.legend(frameon=False, labelcolor=INK, loc="outside lower left", ncols=2, fontsize=9, handlelength=3)
    if chart["source"]:
        axes.set_title(_shortened(chart["source"], 44), loc="right", color=INK, fontsize=8, pad=12)
    out = io.BytesIO()
    canvas.print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _lines(axes: Axes, series: list[dict[str, Any]]) -> None:
    for number, one in enumerate(series):
        days, counts = _points(one)
        marker = MARKERS[number] if len(days) <= MARKED else ""
        look = {"color": COLOURS[number], "linestyle": DASHES[number], "marker": marker}
        axes.plot(days, counts, linewidth=2.2, markersize=4, clip_on=False, label=_shortened(one["name"], 60), **look)  # type: ignore[arg-type]


def _bars(axes: Axes, series: list[dict[str, Any]]) -> None:
    days, counts = _points(series[0])
    width = min((later - day).days for day, later in pairwise(days)) * 0.85 if len(days) > 1 else 0.85
    axes.bar(days, counts, width=width, color=COLOURS[0])  # type: ignore[arg-type]
    highest = max(range(len(counts)), key=counts.__getitem__)
    if counts[highest]:
        axes.annotate(f"{counts[highest]:,}", (days[highest], counts[highest]), ha="center", va="bottom", color=INK, fontsize=9)


def _points(series: dict[str, Any]) -> tuple[list[date], list[int]]:
    return [date.fromisoformat(day) for day, _ in series["points"]], [count for _, count in series["points"]]


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


if __name__ == "__main__":
    # Letters that the font does not have are drawn as boxes; nobody needs to read that a hundred times.
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
