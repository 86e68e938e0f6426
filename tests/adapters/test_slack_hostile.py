"""Nothing that anybody writes makes Slack refuse a message, a form or a page, or makes it do more than show letters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from adapters.slack.checks import check_message
from adapters.slack.checks_views import check_options, check_view
from adapters.slack.memo import Memo
from adapters.slack.render import to_payload
from adapters.slack.render_views import answers, estimated, form_view, home_view, page_view, to_options, wrong
from bot.domain.forms import FIELDS, Field, Form
from bot.domain.messages import Card, Item, Message, Tone, rich
from bot.domain.requests import Choice, Reply
from tests.adapters import hostile
from tests.adapters.slack_reader import faults
from tests.servers.slack_views import View

#: Without making a failing example smaller: that takes minutes with texts of this size, and the reader names the place anyway.
CALM = settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))

#: The library writes strategies down and says that these are long: they are meant to be.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

nasty = st.integers(0, len(hostile.NASTY) - 1).map(lambda number: hostile.NASTY[number])
values = st.one_of(st.text(max_size=8), nasty.map(lambda text: text[:100]))
choices = st.builds(Choice, name=hostile.texts, value=values)
many_choices = st.one_of(
    st.lists(choices, max_size=4).map(tuple),
    st.tuples(hostile.texts, st.integers(1, 150)).map(lambda pair: tuple(Choice(name=pair[0], value=f"v{n}" * 20) for n in range(pair[1]))),
)
fields = st.builds(
    Field,
    name=st.sampled_from(["value", "kind", "to", "note", "by"]),
    label=hostile.texts,
    kind=st.sampled_from(["text", "lines", "choice", "choices", "lookup"]),
    values=st.lists(st.one_of(values, nasty), max_size=3).map(tuple),
    choices=many_choices,
    complete=st.sampled_from(["", "author", "value"]),
    required=st.booleans(),
    hint=hostile.texts,
    longest=st.sampled_from([1, 40, 512, 3_000, 100_000]),
    live=st.booleans(),
)
forms = st.builds(
    Form,
    name=st.just("subscribe"),
    title=hostile.texts,
    fields=st.lists(fields, min_size=1, max_size=FIELDS, unique_by=lambda field: field.name).map(tuple),
    submit=hostile.texts,
    state=st.text(max_size=60),
    estimate=st.none() | hostile.messages,
)
memos = st.builds(
    Memo, channel=st.just("C1"), name=hostile.texts, thread=st.just("1.1"), url=st.sampled_from(["", "https://x.example/" + "y" * 4_000])
)
#: As much as fits into no page: every part is more than a message carries.
ENDLESS = Message(
    heading="All",
    cards=tuple(Card(title=rich("名前" * 400), url="https://example.org/" + "x" * 2_900, body=rich("名前" * 2_000)) for _ in range(60)),
    items=tuple(Item(label=str(number), text="x" * 900, detail="y" * 900) for number in range(300)),
    chart="█" * 9_000,
)


@CALM
@given(hostile.messages)
def test_every_message_fits_and_stays_letters(message: Message) -> None:
    payload = to_payload(message)
    assert faults(payload) == []
    assert check_message(payload) is None


@CALM
@given(forms, memos)
def test_every_form_fits_and_stays_letters(form: Form, memo: Memo) -> None:
    view = form_view(form, memo)
    assert faults(view) == []
    assert check_view(view) is None
    assert len(view["blocks"]) >= len(form.fields)
    carried = Memo.decode(view["private_metadata"])
    assert not view["private_metadata"] or (carried.form, carried.state, carried.channel) == (form.name, form.state, "C1")


@CALM
@given(forms, hostile.messages, hostile.texts)
def test_an_estimate_and_trouble_fit_into_every_form_and_take_nothing_away(form: Form, message: Message, text: str) -> None:
    shown = View(id="V1", hash="1", user="U7", content=form_view(form, Memo()))
    shown.change(shown.content, "2")
    before = answers(shown.told())
    later = estimated(shown.told(), message)
    assert faults(later) == [] and check_view(later) is None
    shown.change(later, "3")
    assert answers(shown.told()) == before
    assert shown.fields == [field.name for field in form.fields]
    trouble = wrong(shown.told(), Reply(message=Message(heading=text, tone=Tone.ERROR), field=form.fields[-1].name))
    assert list(trouble) == [f"ask:{form.name}:{form.fields[-1].name}"]
    assert all(0 < len(said) <= 600 for said in trouble.values())


@settings(CALM, max_examples=6)
@given(st.lists(hostile.messages, max_size=3), st.integers(1, 6))
@example([ENDLESS] * 20, 1)
@example([], 1)
def test_every_page_fits_and_stays_letters(parts: list[Message], times: int) -> None:
    view = home_view(parts * times)
    assert faults(view) == []
    assert check_view(view) is None
    assert view["blocks"]


@CALM
@given(hostile.messages, memos)
@example(ENDLESS, Memo())
def test_every_answer_fits_into_a_modal(message: Message, memo: Memo) -> None:
    view = page_view(message, memo)
    assert faults(view) == []
    assert check_view(view) is None


@CALM
@given(many_choices)
def test_every_proposal_is_one_slack_shows(found: tuple[Choice, ...]) -> None:
    options = to_options(found)
    assert check_options({"options": options}) is None
    assert [option["value"] for option in options] == list(dict.fromkeys(option["value"] for option in options))
    json.dumps(options, ensure_ascii=False).encode()


def test_a_page_with_more_parts_than_fit_says_so() -> None:
    view = home_view([Message(heading=f"Part {number}", intro="x") for number in range(40)])
    assert view["blocks"][-1]["elements"][0]["text"] == "… +24 more"
    assert len(home_view([ENDLESS] * 3)["blocks"]) <= 100


# --- the reader can fail ---------------------------------------------------------------------------------------------


def _section(text: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": text, **({"emoji": False} if kind == "plain_text" else {})}}


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "a <!channel> b", "blocks": []},
        {"text": "Q&A", "blocks": []},
        {"text": "", "blocks": [_section("x")]},
        {"text": "t", "blocks": [_section("x")] * 51},
        {"text": "t", "blocks": [_section("x" * 2_600)] * 5},
        {"text": "t", "blocks": [_section("x" * 3_001)]},
        {"text": "t", "blocks": [_section("*x*", "mrkdwn")]},
        {"text": "t", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": ":fire:"}}]},
        {"text": "t", "blocks": [_section("a\u202eb")]},
        {"text": "t", "blocks": [_section("e" + "\u0301" * 12)]},
        {"text": "t", "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "broadcast"}]}]}]},
        {"text": "t", "blocks": [{"type": "rich_text", "elements": [{"type": "link", "url": "javascript:alert(1)"}]}]},
        {"text": "t", "blocks": [{"type": "actions", "elements": []}]},
        {"type": "modal", "title": {"type": "plain_text", "text": "x" * 25}, "blocks": []},
        {"type": "modal", "private_metadata": "x" * 3_001, "blocks": []},
        {"type": "home", "blocks": [_section("x")] * 101},
        {"type": "home", "blocks": [_section("名" * 2_900)] * 40},
    ],
)
def test_the_reader_finds_fault_where_there_is_one(payload: dict[str, Any]) -> None:
    assert faults(payload)
