"""The feeds that are read, as the list that feed readers take over: OPML 2.0 (http://opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """One feed: what it is called, where it is, and what its papers are filed under."""

    name: str
    url: str
    categories: tuple[str, ...] = ()


def opml(feeds: Sequence[FeedEntry]) -> str:
    """One ``outline`` for each feed, in their order."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Feeds of Papercrier"
    body = ElementTree.SubElement(root, "body")
    for feed in feeds:
        named = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url}
        ElementTree.SubElement(body, "outline", {**named, **({"category": ",".join(feed.categories)} if feed.categories else {})})
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
