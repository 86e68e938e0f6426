"""The house rules as tests: who may import whom, who owns which library, how long a file may be, where time and SQL may stand."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for room in ("bot", "adapters") for path in (ROOT / room).rglob("*.py"))
CEILING = 400

#: First match names the room of a module; the rooms it may import, itself always among them.
ROOMS: list[tuple[str, str]] = [
    (r"bot\.(errors|secret|clock)$|bot\.domain(\..*)?$|bot$", "core"),
    (r"bot\.services(\..*)?$", "services"),
    (r"bot\.store\.sqlite(\..*)?$", "store.sqlite"),
    (r"bot\.store$", "store"),
    (r"bot\.sources(\..*)?$", "sources"),
    (r"bot\.pictures(\..*)?$", "pictures"),
    (r"bot\.scheduler$", "scheduler"),
    (r"bot\.(config(_\w+)?|log)$", "config"),
    (r"bot\.(app|running|platforms|__main__)$|bot\.(cli|preview)(\..*)?$", "top"),
    (r"bot\..*", "pure"),
    (r"adapters\.kit$|adapters$", "kit"),
    (r"adapters\.(\w+)(\..*)?$", "adapters.{}"),
    (r"seeds$", "seeds"),
]
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "pure": {"core"},
    "services": {"core", "pure"},
    "store": {"core", "pure", "store.sqlite"},
    "store.sqlite": {"core", "pure"},
    "sources": {"core", "pure", "seeds"},
    "pictures": {"core", "pure"},
    "scheduler": {"core", "pure"},
    "config": {"core", "pure"},
    "kit": {"core", "pure"},
    "adapters.console": {"core", "pure", "kit"},
    "adapters.slack": {"core", "pure", "kit"},
    "adapters.discord": {"core", "pure", "kit"},
    "top": {"core", "pure", "services", "store", "sources", "pictures", "scheduler", "config", "kit", "seeds"}
    | {"adapters.console", "adapters.slack", "adapters.discord"},
}
#: Third-party library -> the rooms that may use it. What is not named here may be used nowhere.
OWNERS: dict[str, set[str]] = {
    "aiohttp": {"sources", "adapters.slack", "adapters.discord"},
    "aiosqlite": {"store.sqlite"},
    "sqlite3": {"store.sqlite"},
    "apscheduler": {"scheduler"},
    "bibtexparser": {"pure", "sources"},
    "chardet": {"sources"},
    "click": {"top"},
    "discord": {"adapters.discord"},
    "matplotlib": {"pictures"},
    "feedparser": {"sources"},
    "nameparser": {"pure"},
    "pydantic": {"config"},
    "pylatexenc": {"pure"},
    "rich": {"adapters.console", "top"},
    "rispy": {"pure", "sources"},
    "slack_bolt": {"adapters.slack"},
    "slack_sdk": {"adapters.slack"},
    "snowballstemmer": {"pure"},
    "Stemmer": {"pure"},
    "tomli_w": {"pure"},
    "yarl": {"adapters.discord", "sources"},
}
#: Rooms that must be able to decide without touching the world.
NO_INPUT_OUTPUT = {"core", "pure"}
#: The clock asks the host; a port names a path that a store writes to.
MAY_NAME_THE_WORLD = {"bot.clock", "bot.ports.keeping"}
WORLD = {"asyncio", "socket", "os", "subprocess", "urllib.request", "http", "pathlib", "tempfile"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    for pattern, room in ROOMS:
        if found := re.match(pattern, module):
            return room.format(found[1]) if "{}" in room else room
    raise AssertionError(f"{module} belongs to no room: add it to ROOMS")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            below = [f"{module}.{alias.name}" for alias in node.names]
            # `from bot import errors` names a module, `from bot.errors import BadInput` a thing in one.
            yield from (name if is_module(name) else module for name in below)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(module_of(path))
    wrong = []
    for name in imports_of(path):
        top = name.partition(".")[0]
        if top in ("bot", "adapters", "seeds"):
            other = room_of(name)
            if other != room and other not in MAY_IMPORT[room]:
                wrong.append(f"{name} ({other})")
        elif top in OWNERS:
            if room not in OWNERS[top]:
                wrong.append(f"{name} (owned by {', '.join(sorted(OWNERS[top]))})")
        elif top not in sys.stdlib_module_names:
            wrong.append(f"{name} (no owner named)")
        elif room in NO_INPUT_OUTPUT and module_of(path) not in MAY_NAME_THE_WORLD and (name in WORLD or top in WORLD):
            wrong.append(f"{name} (a room without input and output)")
    assert not wrong, f"{path.relative_to(ROOT)} ({room}) imports {wrong}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stays_under_the_ceiling(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= CEILING


def test_only_the_clock_asks_for_the_time() -> None:
    asking = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(")
    found = [str(path.relative_to(ROOT)) for path in FILES if asking.search(path.read_text(encoding="utf-8"))]
    assert found == ["bot/clock.py"]


def test_sql_stands_in_the_store_only() -> None:
    sql = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b")
    found = [path for path in FILES if sql.search(path.read_text(encoding="utf-8")) and not room_of(module_of(path)).startswith("store")]
    assert not found


def test_there_is_one_way_to_post() -> None:
    """The platforms' send calls stand in one place each, and only the dispatcher calls what leads there."""
    sending = re.compile(r"chat_postMessage|chat_scheduleMessage|files_upload|\)\.send\(|\.create_message\(|(?<!response\.)send_message\(")
    found = {str(path.relative_to(ROOT)) for path in FILES if sending.search(path.read_text(encoding="utf-8"))}
    assert found == {"adapters/slack/publish.py", "adapters/discord/publish.py"}
    editing = re.compile(r"chat_update|get_partial_message\(.*\.edit\(|message\.edit\(")
    found = {str(path.relative_to(ROOT)) for path in FILES if editing.search(path.read_text(encoding="utf-8"))}
    assert found == {"adapters/slack/publish.py", "adapters/discord/editing.py"}
    callers = [str(path.relative_to(ROOT)) for path in (ROOT / "bot").rglob("*.py") if ".publish(" in path.read_text(encoding="utf-8")]
    assert callers == ["bot/services/dispatch.py"]
    callers = [
        str(path.relative_to(ROOT)) for path in (ROOT / "bot").rglob("*.py") if re.search(r"adapter\.edit\(", path.read_text("utf-8"))
    ]
    assert set(callers) <= {"bot/services/dispatch.py"}


def test_every_room_of_the_table_is_lived_in() -> None:
    assert {room_of(module_of(path)) for path in FILES} == set(MAY_IMPORT)


def test_no_file_names_a_registry_or_a_workplace() -> None:
    forbidden = re.compile("py" + r"pi\.org|files\.python" + r"hosted|registry\.npm" + "js|/work" + "/shared|deb\\.debian" + "\\.org")
    kept = {".py", ".toml", ".md", ".lock", ".txt", ".yaml", ".yml", ".html", ".cfg"}
    skipped = {".venv", ".git", "build", "node_modules", ".hypothesis"}
    found = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*")
        if path.is_file()
        and not skipped & set(path.relative_to(ROOT).parts)
        and (path.suffix in kept or path.name == "Makefile")
        and forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found
