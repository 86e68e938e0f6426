"""XML as a tree of plain nodes that survives a body cut off in the middle.

Entity declarations are refused, names lose their namespace, and what did not end is left out, but for the containers around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_DEEPEST = 60


@dataclass(slots=True)
class Node:
    """``tag`` and attribute names without namespace; ``text`` with everything inside, markup left out."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, tag: str) -> list[Node]:
        return [child for child in self.children if child.tag == tag]

    def get(self, *tags: str) -> str:
        """The text of the first child of any of these names, without blanks around it; empty when there is none."""
        return next((child.text.strip() for tag in tags for child in self.children if child.tag == tag), "")

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


class _Refused(Exception):
    pass


def read_tree(body: bytes, containers: frozenset[str]) -> tuple[Node, str]:
    """The root, and what is wrong with the XML ("" when nothing is).

    Elements named in ``containers`` keep their ended children even where the body breaks off inside them.
    """
    root = Node(tag="", attributes={})
    stack: list[tuple[Node, list[str]]] = [(root, [])]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise _Refused(f"elements nested deeper than {_DEEPEST}")
        stack.append((Node(tag=_local(name), attributes={_local(key): value for key, value in attributes.items()}), []))

    def end(_name: str) -> None:
        node, texts = stack.pop()
        node.text = "".join(texts)
        parent, parent_texts = stack[-1]
        parent.children.append(node)
        if parent.tag not in containers:
            parent_texts.append(node.text)

    def refuse(*_declaration: object) -> None:
        raise _Refused("it declares entities")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: stack[-1][1].append(data)
    parser.EntityDeclHandler = refuse
    problem = ""
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _Refused, ValueError, LookupError) as error:  # a character set may be declared that is none
        problem = str(error)
    while len(stack) > 1:
        node, _ = stack.pop()
        if node.tag in containers:
            stack[-1][0].children.append(node)
    return root, problem


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
