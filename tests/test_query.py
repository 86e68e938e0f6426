"""The query language: what is read, what is printed back, what is refused and how."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.queries import And, Node, Not, Or, Query
from bot.errors import BadInput
from bot.query import stored as query_stored
from bot.query.language import author_query, category_query, keyword_query, org_query, parse_query, positive_leaves, print_query, standing
from tests.queries import queries, query_texts


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("models diffusion", "diffusion models"),
        ("diffusion AND models and", "diffusion models"),
        ('"State  Space Models"', '"state space models"'),
        ("mamba | transformers", "mamba OR transformers"),
        ("b or a OR b", "a OR b"),
        ("a b OR c", "c OR a b"),
        ("c (b OR a)", "c (a OR b)"),
        ("models -survey", "models -survey"),
        ("models NOT survey", "models -survey"),
        ("models not (survey OR review)", "models -review -survey"),
        ("models -(survey review)", "models -review OR models -survey"),
        ("models (survey OR -review)", "models -review OR models survey"),
        ("not not models", "models"),
        ('models -"a survey"', 'models -"a survey"'),
        ("Diffus*", "diffus*"),
        ("title:Mamba ti:Mamba", "title:mamba"),
        ("all:mamba ANDNOT all:survey", "mamba -survey"),
        ("abs:x abstract:y comment:z co:w", "abs:x abs:y comment:w comment:z"),
        ('title:(a OR "b c") -abs:d', '(title:"b c" OR title:a) -abs:d'),
        ("title: mamba", "title:mamba"),
        ('by:"robin jia" au:jia author:"Jia, Robin"', 'by:"Robin Jia" by:Jia'),
        ('by:="Robin Jia"', 'by:="Robin Jia"'),
        ("by:=Jia", "by:Jia"),
        ('by:"Magnusson, =Bo"', 'by:"Bo Magnusson"'),
        ("au:jia_r", 'by:"R. Jia"'),
        ('by:("Robin Jia" OR "Ada Lovelace")', 'by:"Ada Lovelace" OR by:"Robin Jia"'),
        ("by:“José García”", 'by:"Jose Garcia"'),
        ("in:CS.cl cat:math.* category:hep-th", "in:cs.CL in:hep-th in:math.*"),
        ("in:cs", "in:cs.*"),
        ("in:cs.CL,cs.LG", "in:cs.CL OR in:cs.LG"),
        ("(in:cs.CL|cs.LG) mamba", "mamba (in:cs.CL OR in:cs.LG)"),
        ("in:cs.CL|in:math.*|mamba", "mamba OR in:cs.CL OR in:math.*"),
        ("primary:cond-mat.str-el", "primary:cond-mat.str-el"),
        ('org:Stanford org:"Stanford University"', 'org:"stanford university" org:stanford'),
        ("has:CODE has:dataset", "has:code has:data"),
        ("source:arXiv type:replace", "source:arxiv type:update"),
        ("since:2025-01-01 until:2025-06-30", "since:2025-01-01 until:2025-06-30"),
        ("since:2025 until:2025-02", "since:2025-01-01 until:2025-02-28"),
        ("since:2w", "since:14d"),
        ("since:2 weeks mamba", "mamba since:14d"),
        ("since:today", "since:0d"),
        ("year:2025", "year:2025"),
        ("year:2020-2022", "since:2020-01-01 until:2022-12-31"),
        ("year:>2020 year:<=2022", "since:2021-01-01 until:2022-12-31"),
        ("year:2020-", "since:2020-01-01"),
        ("year:=2020", "year:2020"),
        ("votes:>10", "votes:>10"),
        ("votes>=10", "votes:>=10"),
        ("votes: < 10", "votes:<10"),
        ("votes:10", "votes:>=10"),
        ("votes:10+", "votes:>=10"),
        ("2510.19811", "id:2510.19811"),
        ("https://arxiv.org/abs/2510.19811v2", "id:2510.19811"),
        ("huggingface.co/papers/2510.19811", "id:2510.19811"),
        ("arXiv:2510.19811,", "id:2510.19811"),
        ("hep-th/9901001", "id:hep-th/9901001"),
        ("https://doi.org/10.1016/S0001(02)03", 'id:"10.1016/s0001(02)03"'),
        ("(id:10.1000/xyz)", "id:10.1000/xyz"),
        ("https://openreview.net/forum?id=aB_c", "id:openreview:aB_c"),
    ],
)
def test_every_form_has_one_printed_form(typed: str, canonical: str) -> None:
    assert parse_query(typed).canonical == canonical
    assert parse_query(canonical) == parse_query(typed)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("‘state space’ 'a model's mind'", '"a model mind" "state space"'),
        ("the models' minds", "minds models the"),
        ("rock 'n' roll", "n rock roll"),
        ("“state space” „models“", '"state space" "models"'),
        ("ｔｉｔｌｅ：ｍａｍｂａ", "title:mamba"),
        ("（mamba｜transformers）", "mamba OR transformers"),
        ("+mamba +models", "mamba models"),
        ("graph-based", '"graph based"'),
        ("C++ C# .NET", ".net c# c++"),
        ("GPT-4o 3D", '"gpt 4o" 3d'),
        ("ada@example.org", '"ada example org"'),
        ("https://example.org/Some-Page", '"example org some page"'),
        ("mamba – a survey", "a mamba survey"),
        ("mamba –survey", "mamba -survey"),
        ("Schrödinger's cat?!", "cat schrodinger"),
        ("mamba OR", "mamba"),
        ("| mamba | | models", "mamba OR models"),
        ("AND mamba &", "mamba"),
        ("mamba ()", "mamba"),
        ("Attention: all we need", "all attention need we"),
        ('"and" mamba', '"and" mamba'),
        ("naïve ﬁne", "fine naive"),
        ("mamba \x00 \u202e", "mamba"),
        ("10.1000/xy\u200dz\x00", "id:10.1000/xyz"),
        ("10.1000/xyz\u202e\x1b[31m", "31m id:10.1000/xyz"),
        ("gcİhep-th/9901001", '"gcihep th 9901001"'),
    ],
)
def test_what_people_really_type_is_taken(typed: str, canonical: str) -> None:
    assert parse_query(parse_query(typed).canonical) == parse_query(typed)
    assert parse_query(typed).canonical == canonical.replace('"models"', "models")


@pytest.mark.parametrize(
    ("typed", "said", "repair", "position"),
    [
        ("", "empty", "write words", None),
        ("?!", "empty", "write words", None),
        ("x" * 513, "513 characters", "within 512", 512),
        ("x" * 10_000, "10,000 characters", "within 512", 512),
        (" ".join(f"w{n}" for n in range(33)), "33 terms", "within 32", None),
        ("(" * 9 + "x" + ")" * 9, "8 deep", "fewer brackets", 8),
        ('mamba and by "state space', "unclosed quote at 14", 'did you mean "state space"?', 13),
        ("(mamba", "unclosed bracket at 1", "did you mean (mamba)?", 0),
        ("mamba) x", "nothing is open", "did you mean mamba x?", 5),
        ("-survey", "only says what to leave out", "add what to look for", None),
        ("-a -b", "only says what to leave out", "add what to look for", None),
        ("mamba OR -survey", "one side of OR only leaves papers out: -survey", "beside it", None),
        ("a*", "match far too much", "at least 3 letters", 0),
        ("mamba *", "bare *", "at least 3 letters", 6),
        ("graph-bas*", "must end a word", "did you mean graph bas*?", 0),
        ('title:"graph bas*"', "must end a word", "did you mean title:graph title:bas*?", 0),
        ("di*fusion", "must end a word", "did you mean", 0),
        ("x titel:mamba", 'no field "titel"', "did you mean title:mamba?", 2),
        ("bert:base", 'no field "bert"', '"bert base"', 0),
        ("title:", "title: has no word", "title:word", 0),
        ("in: OR x", "in: stands alone", "in:cs.CL", 0),
        ("mamba NOT", "NOT has nothing behind it", "-survey", 6),
        ("by:???", "names nobody", "Robin Jia", 0),
        ("by:Jia*", "take no star", "by:Jia", 0),
        ("in:c?l", "not the name of a category", "in:cs.CL", 0),
        ("mamba in:cs.C*", "must stand for the whole of cs", "did you mean in:cs.*?", 6),
        ("year:<1000", "not a year", "year:2025", 0),
        ("votes:-5", "fewer than no votes", "votes:>10", 0),
        ("org:a,b,c,d,e,f", "organisation", "up to 5 words", 0),
        ("has:cod", "has:cod is unknown", "did you mean has:code?", 0),
        ("type:xyz", "type:xyz is unknown", "type:new", 0),
        ("since:2025-02-30", "not a date", "since:2025-01-31", 0),
        ("until:7d", "needs a date", "until:2025-01-31", 0),
        ("year:25", "not a year", "year:2025", 0),
        ("votes:many", "not a number of votes", "votes:>10", 0),
        ("id:mamba", "not an identifier", "id:2510.19811", 0),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place_and_a_repair(typed: str, said: str, repair: str, position: int | None) -> None:
    with pytest.raises(BadInput) as refused:
        parse_query(typed)
    assert said in refused.value.message
    assert repair in refused.value.next_step
    assert refused.value.position == position


@settings(max_examples=300, deadline=None)
@given(query=queries())
def test_the_printed_form_reads_back_as_the_same_query(query: Query) -> None:
    again = parse_query(print_query(query))
    assert again == query
    assert again.canonical == query.canonical


@settings(max_examples=300, deadline=None)
@given(query=queries())
def test_the_short_way_back_from_the_store_leads_to_the_same_query(query: Query) -> None:
    assert query_stored._tree(query.canonical) == query.tree
    again = query_stored.parse_stored(query.canonical)
    assert (again, again.canonical, list(positive_leaves(again.tree))) == (query, query.canonical, list(positive_leaves(query.tree)))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "b a OR",
            "(a OR b",
            "a OR b)",
            "a  b",
            "Models models",
            '"a',
            "-a",
            "a OR -b",
            "-a b",
            "()",
            "c++ -c# .net",
            "a:b",
            "title:",
            "by:=",
        ),
        *("title:=a", "=a", "a&b", "a*b", "by:?", "has:cod", "since:today", "in:cs.CL,cs.LG", "id:10.1/(a)", "votes:7", "a (b)", "a|b"),
    ],
)
def test_what_was_not_printed_here_is_read_from_the_store_as_if_it_were_typed(text: str) -> None:
    def read(parse: Callable[[str], Query]) -> Query | str:
        try:
            return parse(text)
        except BadInput as refused:
            return str(refused)

    assert read(query_stored.parse_stored) == read(parse_query)


PIECES = [
    "a",
    "b",
    "é",
    "ß",
    "jia",
    *"*:\"'-+|()&!=<>.,/ “”：（",
    " OR ",
    " not ",
    "by:",
    "in:",
    "title:",
    "since:",
    "votes:",
    "id:",
    "2510.19811",
    "10",
]


@settings(max_examples=200, deadline=None)
@given(typed=st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_text_is_read_or_refused_and_what_is_read_can_be_printed(typed: str) -> None:
    try:
        query = parse_query(typed)
    except BadInput as refused:
        assert refused.message
        assert refused.next_step
    else:
        assert parse_query(query.canonical) == query == parse_query(query.shown)


@settings(max_examples=200, deadline=None)
@given(typed=st.text(max_size=60))
def test_any_characters_are_read_or_refused(typed: str) -> None:
    try:
        query = parse_query(typed)
    except BadInput as refused:
        assert refused.next_step
    else:
        assert parse_query(query.canonical) == query


@settings(max_examples=200, deadline=None)
@given(name=st.text(alphabet="abcdr é-.,'van der JR", min_size=1, max_size=24))
def test_any_author_asked_for_reads_back(name: str) -> None:
    try:
        canonical = author_query(name)
    except BadInput:
        return
    assert parse_query(canonical).canonical == canonical


@settings(max_examples=100, deadline=None)
@given(left=query_texts, right=query_texts)
def test_the_order_of_parts_makes_no_difference(left: str, right: str) -> None:
    try:
        query = parse_query(f"({left}) ({right})")
    except BadInput:
        with pytest.raises(BadInput):
            parse_query(f"({right}) ({left})")
    else:
        assert parse_query(f"({right}) ({left})") == query


@settings(max_examples=100, deadline=None)
@given(query=queries())
def test_a_tree_negates_leaves_only_and_every_side_of_an_or_asks_for_something(query: Query) -> None:
    def positive(node: Node) -> bool:
        match node:
            case Not(part=part):
                assert not isinstance(part, And | Or | Not)
                return False
            case And(parts=parts):
                assert not any(isinstance(part, And) for part in parts)
                return sum(map(positive, parts)) > 0
            case Or(parts=parts):
                assert not any(isinstance(part, Or) for part in parts)
                return sum(map(positive, parts)) == len(parts)
        return True

    assert positive(query.tree)
    assert list(positive_leaves(query.tree))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('mamba by:"Yann LeCun"', 'mamba by:"Yann LeCun"'),
        ('by:="McCallum, Andrew"', 'by:="Andrew McCallum"'),
        ("-by:O’Brien by:“José García”", 'by:"José García" -by:"O’Brien"'),
        ("by:LeCun OR by:lecun", "by:LeCun"),
        ('by:"yann lecun"', 'by:"Yann Lecun"'),
        ("by:LECUN", "by:Lecun"),
        ("by:jia_r", 'by:"R. Jia"'),
    ],
)
def test_a_name_is_shown_with_the_capitals_and_accents_it_was_typed_with(typed: str, shown: str) -> None:
    query = parse_query(typed)
    assert query.shown == shown
    assert parse_query(shown) == query == parse_query(query.canonical)
    assert parse_query(shown).shown == shown


def test_queries_that_differ_in_how_a_name_is_written_are_one_query() -> None:
    one, two = parse_query('by:"Yann LeCun"'), parse_query('by:"Yann Lecun"')
    assert (one, hash(one.tree), one.canonical) == (two, hash(two.tree), two.canonical)


def test_commands_build_queries_from_plain_values() -> None:
    assert author_query("Jia, Robin") == 'by:"Robin Jia"'
    assert author_query("=Robin Jia") == 'by:="Robin Jia"'
    assert author_query('Robin "Bob" Jia') == 'by:"Robin Bob Jia"'
    assert keyword_query("state space models") == '"state space models"'
    assert keyword_query("“Mamba”") == "mamba"
    assert keyword_query("or") == '"or"'
    assert keyword_query("diffus*") == "diffus*"
    assert category_query("cs.cl") == "in:cs.CL"
    assert org_query("Stanford University") == 'org:"stanford university"'
    for make in (author_query, keyword_query, category_query, org_query):
        with pytest.raises(BadInput):
            make("  ")


def test_a_standing_query_may_not_count_back_from_today() -> None:
    standing(parse_query("mamba since:2025-01-01"))
    for text in ("mamba since:7d", "mamba -since:7d", "x (mamba OR since:7d)"):
        with pytest.raises(BadInput, match="since:7d counts back"):
            standing(parse_query(text))


def test_an_error_never_names_the_database() -> None:
    for text in ('"; DROP TABLE papers --', "title:* OR 1=1", "NEAR(a b)", "{title}: x", "^mamba", "a AND (b"):
        try:
            parse_query(text)
        except BadInput as refused:
            assert "fts" not in str(refused).lower()
