"""Functions that read a document as no library should: for the parser's child."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Author, Paper
from bot.errors import SourceError


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    papers: tuple[Paper, ...] = ()
    process: int = 0
    day: date | None = None
    note: str = ""


def well(document: bytes, *, day: date | None = None, times: int = 1) -> Reading:
    paper = Paper(title=document.decode(), authors=(Author(name="Ada Lovelace"),), submitted=day)
    return Reading(papers=(paper,) * times, process=os.getpid(), day=day)


def for_ever(document: bytes) -> Reading:
    while True:
        pass


def asleep(document: bytes) -> Reading:
    time.sleep(60)
    return Reading()


def greedy(document: bytes) -> Reading:
    held = [bytes(10_000_000) for _ in range(100)]
    return Reading(note=str(len(held)))


def greedy_reply(document: bytes) -> Reading:
    return Reading(papers=(Paper(title="x" * 1_000_000),) * 1_000)


def broken(document: bytes) -> Reading:
    ctypes.string_at(0)
    return Reading()


def refusing(document: bytes) -> Reading:
    raise SourceError("there is no feed\nin it", "check the address")


def stumbling(document: bytes) -> Reading:
    raise KeyError("title")


def deep(document: bytes) -> Reading:
    return deep(document)


def printing(document: bytes) -> Reading:
    print("\0\0\0\0", flush=True)  # noqa: T201 - as a careless library would
    os.write(1, b"\xff\xff\xff\xff")
    return Reading(note="printed")


def lying(document: bytes) -> Reading:
    return Reading(note=7)  # type: ignore[arg-type]


def halved(document: bytes) -> Reading:
    return Reading(note="a\ud800b")


def environment(document: bytes) -> Reading:
    return Reading(note=" ".join(sorted(os.environ)))


def prying(document: bytes) -> Reading:
    """Tries everything that a document must not make a library do; the note says what was not prevented."""
    path = document.decode()
    tries = {
        "read": lambda: open(path).close(),
        "write": lambda: open(f"{path}.new", "w").close(),
        "socket": lambda: socket.create_connection(("127.0.0.1", 9)),
        "lookup": lambda: socket.getaddrinfo("localhost", 80),
        "process": lambda: subprocess.run([sys.executable]),
        "fork": os.fork,
        "remove": lambda: os.remove(path),
    }
    done = []
    for name, attempt in tries.items():
        try:
            attempt()
            done.append(name)
        except PermissionError:
            pass
    return Reading(note=" ".join(done))
