"""``papercrier why``: the same answer as in chat, for the operator and for scripts."""

from __future__ import annotations

from collections.abc import Callable

from tests.test_cli import Said, call

__all__ = ["call"]


def test_why_tells_what_happened_to_a_paper_in_a_channel(call: Callable[..., Said]) -> None:
    assert call("subscribe", "--to", "console:main", "memorization").code == 0
    said = call("why", "2510.19811", "--to", "console:main", "--json")
    assert said.code == 0 and said.err == ""
    message = said.document["message"]
    assert message["heading"] == "Not posted for this channel"
    assert "here before the subscription began" in message["intro"]
    assert [item["label"] for item in message["items"]] == ["Fetched", "Matches #1"]
    assert "Share" not in [button["label"] for button in message["buttons"]]
    shown = call("why", "Hubble: a Model Suite to Advance the Study of LLM Memorization", "--to", "console:main")
    assert shown.code == 0 and "starter corpus" in shown.out


def test_a_paper_that_nobody_knows_and_a_place_that_is_none_are_told_in_one_line(call: Callable[..., Said]) -> None:
    unknown = call("why", "2510.99999", "--to", "console:main")
    assert unknown.code == 0 and "is not in the library" in unknown.out
    for arguments in (("words that no title has", "--to", "console:main"), ("2510.19811", "--to", "nowhere:x")):
        said = call("why", *arguments)
        assert said.code == 2 and said.err.startswith("papercrier: ") and said.err.count("\n") == 1 and said.out == ""
