"""Links in the text of papers."""

from __future__ import annotations

import pytest

from bot.domain.papers import Link, LinkKind
from bot.text.links import find_links, merge_links


def found(text: str) -> list[tuple[str, str]]:
    return [(link.kind.value, link.url) for link in find_links(text)]


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("Code: https://github.com/x/y.", "code", "https://github.com/x/y"),
        ("code (https://github.com/x/y_z-1)", "code", "https://github.com/x/y_z-1"),
        ("our code at github.com/x/y, and more", "code", "https://github.com/x/y"),
        ("www.github.com/x/y", "code", "https://www.github.com/x/y"),
        ("https://gitlab.com/group/project/-/tree/main", "code", "https://gitlab.com/group/project/-/tree/main"),
        ("https://gitlab.some-university.example/a/b", "code", "https://gitlab.some-university.example/a/b"),
        ("https://bitbucket.org/a/b;", "code", "https://bitbucket.org/a/b"),
        ("https://codeberg.org/a/b!", "code", "https://codeberg.org/a/b"),
        ("https://anonymous.4open.science/r/thing-1A2B/", "code", "https://anonymous.4open.science/r/thing-1A2B/"),
        ("https://huggingface.co/spaces/a/b", "code", "https://huggingface.co/spaces/a/b"),
        ("https://huggingface.co/org/model-7B", "code", "https://huggingface.co/org/model-7B"),
        ("huggingface.co/datasets/a/b", "data", "https://huggingface.co/datasets/a/b"),
        ("https://zenodo.org/records/123", "data", "https://zenodo.org/records/123"),
        ("https://doi.org/10.5281/zenodo.123", "data", "https://doi.org/10.5281/zenodo.123"),
        ("https://www.kaggle.com/datasets/a/b", "data", "https://www.kaggle.com/datasets/a/b"),
        ("https://figshare.com/articles/dataset/x/1", "data", "https://figshare.com/articles/dataset/x/1"),
        ("https://osf.io/ab1cd", "data", "https://osf.io/ab1cd"),
        ("Page: https://some-lab.github.io/project/", "project", "https://some-lab.github.io/project/"),
        ("see some-lab.github.io/project", "project", "https://some-lab.github.io/project"),
        ("https://sites.google.com/view/thing", "project", "https://sites.google.com/view/thing"),
        ("Project page: https://thing.example/x", "project", "https://thing.example/x"),
    ],
)
def test_a_link_is_found_with_its_kind(text: str, kind: str, url: str) -> None:
    assert found(text) == [(kind, url)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no links, only github and gitlab in words, and/or slashes",
        "https://github.com and https://github.com/",
        "https://arxiv.org/abs/2604.00001 and https://doi.org/10.1000/x",
        "https://huggingface.co/papers/2604.00001 https://huggingface.co/blog/x",
        "https://github.com/[your-repo]",
        "https://notgithub.com/x/y and https://github.com.evil.example/x/y",
        "ftp://github.com/x/y javascript:alert(1) file:///github.com/x/y",
        "mail me at someone@github.com/x",
        "project page: https://arxiv.org/abs/2604.00001",
        "https://[::1 and http://",
    ],
)
def test_other_addresses_are_no_code_data_or_project(text: str) -> None:
    assert found(text) == []


def test_each_address_is_given_once_in_order() -> None:
    text = "https://b.github.io, https://github.com/x/y and http://www.github.com/x/y/ and https://GitHub.com/x/y.git"
    assert found(text) == [("project", "https://b.github.io"), ("code", "https://github.com/x/y")]


def test_doubled_addresses_are_parted() -> None:
    assert found("https://github.com/x/yhttps://github.com/x/y") == [("code", "https://github.com/x/y")]
    assert found("[https://github.com/x/y](https://github.com/x/y)") == [("code", "https://github.com/x/y")]


def test_parentheses_that_belong_to_the_address_stay() -> None:
    assert found("(https://github.com/x/y_(z))") == [("code", "https://github.com/x/y_(z)")]


def test_the_link_given_first_is_kept() -> None:
    given = Link(kind=LinkKind.PROJECT, url="http://github.com/x/y/")
    assert merge_links([given, *find_links("https://github.com/x/y")]) == (given,)
