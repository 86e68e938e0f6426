"""Messages that nobody means well with, for every platform's property test."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from bot.domain.messages import Button, ButtonStyle, Card, Fact, Item, Message, Span, Tone

T = TypeVar("T")

NASTY = (
    "<!channel> <!here> <@U123> <#C1|x> @everyone @here <@&1>",
    "*bold* _it_ ~no~ `code` ```fence``` **x** __y__ ||spoiler|| [label](https://evil.example)",
    "a|b>c<d&e &amp; &lt;!channel&gt;",
    "line one\nline two\r\n\u2028\u2029\x00\x07\x1b[31m\ttab",
    "\u202egnp.exe\u2066\u2069\u200f\ufeff",
    "e" + "\u0301" * 4000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 60,
    "\U0001f1e9\U0001f1ea" * 300,
    "\ud800 half a pair",
    "$\\mathcal{O}(n^2)$ and \\textbf{more}",
    "word " * 3000,
    "x" * 20_000,
    "名前" * 4000,
    ":fire: :wave::skin-tone-3:",
    " ",
    "",
)

_LETTERS = st.sampled_from("ab <>&|*_~`@#\n\t\u0301\u200d\u202e\U0001f600é中\ud800")
texts = st.one_of(st.sampled_from(NASTY), st.text(_LETTERS, max_size=60), st.integers(0, 5000).map(lambda number: "many words " * number))
spans = st.lists(st.builds(Span, texts, st.booleans()), max_size=6).map(tuple)
urls = st.sampled_from(
    (
        "",
        "https://arxiv.org/abs/2604.00001",
        "http://example.org/a b|c>d<e?q=é",
        "javascript:alert(1)",
        "not a link",
        "https://",
        "https://user:pw@example.org/",
        "https://example.org/" + "long/" * 1000,
        "https://example.org/\ud800",
        "https://[broken",
    )
)
actions = st.from_regex(r"[a-z]{2,9}(:[a-z0-9.-]{0,20}){0,3}", fullmatch=True)
buttons = st.one_of(
    st.builds(Button, label=texts, action=actions, style=st.sampled_from(ButtonStyle)),
    st.builds(Button, label=texts, url=urls.filter(bool), style=st.sampled_from(ButtonStyle)),
)
facts = st.builds(Fact, label=texts, value=texts)


def _several(strategy: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


cards = st.builds(
    Card,
    title=spans,
    url=urls,
    byline=spans,
    facts=_several(facts, 5),
    body=spans,
    reason=texts,
    buttons=_several(buttons, 12),
    menu=_several(buttons, 9),
)
items = st.builds(Item, label=texts, text=texts, detail=texts, buttons=_several(buttons, 3))
#: One card drawn, shown many times: big messages without drawing for seconds.
many_cards = st.one_of(_several(cards, 3), st.tuples(cards, st.integers(1, 60)).map(lambda pair: (pair[0],) * pair[1]))
many_items = st.one_of(_several(items, 3), st.tuples(items, st.integers(1, 60)).map(lambda pair: (pair[0],) * pair[1]))
many_buttons = st.one_of(_several(buttons, 3), st.tuples(buttons, st.integers(1, 120)).map(lambda pair: (pair[0],) * pair[1]))
messages = st.builds(
    Message,
    heading=texts,
    intro=texts,
    cards=many_cards,
    items=many_items,
    chart=texts,
    notice=texts,
    buttons=many_buttons,
    tone=st.sampled_from(Tone),
)
