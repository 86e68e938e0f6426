"""The judgements as they lie in the test data, and the measures over them."""

from __future__ import annotations

import gzip
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import BadInput

VARIABLE = "PAPERCRIER_TEST_DATA"


def folder() -> Path:
    """Raises ``BadInput`` that says what to set."""
    path = Path(os.environ.get(VARIABLE, "")) / "eval"
    if not os.environ.get(VARIABLE) or not path.is_dir():
        raise BadInput(f"{VARIABLE} names no folder with eval in it", "let it name the folder of the test data")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Grades count as 2^grade - 1; 1 is the best order there could be."""
    best = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(one, 0) for one in ranked[:depth]]) / best if best else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 100) -> float:
    wanted = {one for one, grade in grades.items() if grade > 0}
    return len(wanted & set(ranked[:depth])) / len(wanted) if wanted else 0.0
