"""Papers that a message names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.pasted import MOST, pasted_keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("have you seen https://arxiv.org/abs/2510.19811v2?", ["arxiv:2510.19811"]),
        ("<https://arxiv.org/pdf/2510.19811|this one>", ["arxiv:2510.19811"]),
        ("[this](https://arxiv.org/pdf/2510.19811v1.pdf).", ["arxiv:2510.19811"]),
        ("arXiv:2510.19811 and ArXiv 2401.00001v3", ["arxiv:2510.19811", "arxiv:2401.00001"]),
        ("2510.19811, 2510.19811v2 and 2510.19811", ["arxiv:2510.19811"]),
        ("arXiv:hep-th/9901001", ["arxiv:hep-th/9901001"]),
        ("https://huggingface.co/papers/2510.19811", ["arxiv:2510.19811"]),
        ("https://doi.org/10.48550/arXiv.2510.19811", ["arxiv:2510.19811"]),
        ("doi:10.1016/0370-2693(93)90001-X, page 3", ["doi:10.1016/0370-2693(93)90001-x"]),
        ("(see https://openreview.net/forum?id=aB-3_x)", ["openreview:aB-3_x"]),
        ("https://example.org/2510/19811 on 20.11.2026 at 12.30, version 2013.4", []),
        ("we have 2599.12345 reasons and paid 1234.56", []),
        ("PMID: 12345 and https://pubmed.ncbi.nlm.nih.gov/678/", ["pmid:12345", "pmid:678"]),
        ("nothing here", []),
        ("", []),
    ],
)
def test_papers_are_found_by_links_and_ids(text: str, keys: list[str]) -> None:
    assert pasted_keys(text) == keys


def test_a_reading_list_is_cut() -> None:
    assert pasted_keys(" ".join(f"2510.{number:05}" for number in range(1, 30))) == [
        f"arxiv:2510.{number:05}" for number in range(1, MOST + 1)
    ]


@given(st.text(alphabet=st.sampled_from('ab19./:-()[]<>|" \narxivhtps10.v'), max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    assert all(key.partition(":")[0] in ("arxiv", "doi", "openreview", "pmid") for key in pasted_keys(text))
