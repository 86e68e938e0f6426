"""Every rule of the machine, broken on purpose in a copy of the tree: a quick test has to notice each."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from tests.torture.bench import Watch

ROOT = Path(__file__).parents[2]
TESTS = "tests/test_torture_quick.py"
_COPIED = ("bot", "adapters", "seeds", "tests", "pyproject.toml")
_DISPATCH, _SETTLING, _OUTBOX = "bot/services/dispatch.py", "bot/services/settling.py", "bot/store/sqlite/deliveries.py"
_INTENT = "        if not await self._move(delivery, State.SENDING, DeliveryChange(attempted=True)):\n            return\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """``edits`` are (file, text as it stands there once, what it becomes); ``noticed_by`` selects tests that should fail."""

    rule: str
    edits: tuple[tuple[str, str, str], ...]
    noticed_by: str


MUTATIONS = (
    Mutation(
        rule="the intent is committed before the request",
        edits=(
            (_DISPATCH, _INTENT, ""),
            (
                _DISPATCH,
                "        receipt = await self._publish(adapter, doing, thread)\n",
                "        receipt = await self._publish(adapter, doing, thread)\n" + _INTENT,
            ),
        ),
        noticed_by="stored_before_a_death",
    ),
    Mutation(
        rule="what is in doubt is looked for before it is sent again",
        edits=(
            (
                _DISPATCH,
                "        found = await self._settling.look(",
                "        return await self._post(delivery)\n        found = await self._settling.look(",
            ),
        ),
        noticed_by="stored_before_a_death",
    ),
    Mutation(
        rule="the look goes back to the first attempt",
        edits=((_DISPATCH, "since=first, thread=", "since=now, thread="),),
        noticed_by="stored_before_a_death",
    ),
    Mutation(
        rule="a rate limit does not end a doubt",
        edits=(
            (
                _SETTLING,
                "        to = State.SENDING if doubtful else State.PENDING\n        await self._move(delivery, to, DeliveryChange(error=r",
                "        to = State.PENDING\n        await self._move(delivery, to, DeliveryChange(error=r",
            ),
        ),
        noticed_by="rate_limit_after_doubt",
    ),
    Mutation(
        rule="a rate limit is no attempt",
        edits=(
            (
                _SETTLING,
                "now + timedelta(seconds=wait), doubtful=doubtful, counted=False)",
                "now + timedelta(seconds=wait), doubtful=doubtful, counted=True)",
            ),
        ),
        noticed_by="rate_limit_is_waited_for",
    ),
    Mutation(
        rule="nothing is touched before its not_before",
        edits=((_OUTBOX, " AND (d.not_before IS NULL OR d.not_before <= :now)", ""),),
        noticed_by="rate_limit_is_waited_for",
    ),
    Mutation(
        rule="only its owner moves a row",
        edits=((_OUTBOX, " AND owner IS :owner AND", " AND"),),
        noticed_by="row_that_another_worker_has",
    ),
    Mutation(
        rule="nobody takes a row whose lease runs",
        edits=((_OUTBOX, "WHERE d.state = 'sending' AND {_DUE} AND {_LEASE_OVER}", "WHERE d.state = 'sending' AND {_DUE}"),),
        noticed_by="under_way_is_left_alone",
    ),
    Mutation(
        rule="a lease that is over can be taken",
        edits=((_OUTBOX, "(d.lease_until <= :now OR d.lease_until > :far)", "(d.lease_until > :far)"),),
        noticed_by="deaths_at_random",
    ),
    Mutation(
        rule="a channel keeps its order",
        edits=(
            (
                _OUTBOX,
                "AND e.state IN ('pending', 'claimed', 'sending')\n                AND NOT {_WAITS_FOR_HELD}\n",
                "AND 0\n                AND NOT {_WAITS_FOR_HELD}\n",
            ),
        ),
        noticed_by="waits_for_its_first_message",
    ),
    Mutation(
        rule="a continuation goes into the thread of its parent",
        edits=((_DISPATCH, '        return parent.remote_id if parent else ""', '        return ""'),),
        noticed_by="waits_for_its_first_message",
    ),
    Mutation(
        rule="the quarantine: a dead request may still land",
        edits=(
            (_DISPATCH, "timedelta(seconds=QUARANTINE)", "timedelta(seconds=0)"),
            (_SETTLING, "REPEAT if soon else QUARANTINE", "REPEAT if soon else 0.0"),
        ),
        noticed_by="lands_late",
    ),
    Mutation(
        rule="time is the platforms', not the host's",
        edits=(
            (
                "bot/clock.py",
                "        moment, elapsed = self._anchor\n        return moment + timedelta(seconds=self.monotonic() - elapsed)",
                "        return self._host.now()",
            ),
        ),
        noticed_by="host_clock",
    ),
    Mutation(
        rule="the fence: whoever stood still before the request does not make it",
        edits=((_DISPATCH, "if self._clock.monotonic() - began > LEASE / 2:", "if self._clock.monotonic() - began > 1e9 + LEASE / 2:"),),
        noticed_by="stood_still_before",
    ),
    Mutation(
        rule="take-back: whoever lost the row deletes what it posted",
        edits=((_DISPATCH, "            await self._take_back(adapter, doing, receipt.remote_id, thread)\n", "            return\n"),),
        noticed_by="takes_its_message_back",
    ),
    Mutation(
        rule="a closed history proves nothing",
        edits=((_DISPATCH, 'elif not found.readable and self._policy != "resend":', "elif False:"),),
        noticed_by="held_and_settled_later",
    ),
    Mutation(
        rule="held rows are looked at again by the next process",
        edits=(("bot/services/reconcile.py", 'reopened = await store.reopen("make safe", clock.now())', "reopened = 0"),),
        noticed_by="held_and_settled_later",
    ),
    Mutation(
        rule="the library does not repeat a post to Slack",
        edits=(
            (
                "adapters/slack/adapter.py",
                "timeout=int(self._settings.timeout) or 1, retry_handlers=[])",
                "timeout=int(self._settings.timeout) or 1)",
            ),
        ),
        noticed_by="neither_a_lost_nor_a_second",
    ),
    Mutation(
        rule="Slack: the key goes into the metadata",
        edits=(("adapters/slack/publish.py", '"event_payload": {"delivery_id": key}', '"event_payload": {"delivery_id": ""}'),),
        noticed_by="every_message_is_one_request",
    ),
    Mutation(
        rule="Discord: the key is the nonce",
        edits=(("adapters/discord/publish.py", 'options["nonce"] = key[:NONCE]', "pass"),),
        noticed_by="neither_a_lost_nor_a_second",
    ),
    Mutation(
        rule="an answer that follows a lost one hides nothing",
        edits=(("adapters/discord/outcomes.py", "    if doubtful and ", "    if False and doubtful and "),),
        noticed_by="follows_a_lost_one",
    ),
    Mutation(
        rule="a database behind its mark reconciles first",
        edits=(("bot/store/sqlite/high_water.py", 'return "behind" if here.counter < mark.counter else "level"', 'return "level"'),),
        noticed_by="older_backup",
    ),
    Mutation(
        rule="the mark follows every intent",
        edits=((_OUTBOX, "        if mark:\n            write_mark", "        if False:\n            write_mark"),),
        noticed_by="older_backup",
    ),
    Mutation(
        rule="a poisoned message fails in the end",
        edits=((_SETTLING, "delivery.attempts >= MAX_FAULTS", "delivery.attempts >= 10**9"),),
        noticed_by="cannot_be_drawn",
    ),
    Mutation(
        rule="a limit of the whole token is waited for once",
        edits=(
            (
                "bot/services/pace.py",
                "self._paused[platform] = max(self._paused.get(platform, 0.0), self._clock.monotonic() + seconds)",
                "pass",
            ),
        ),
        noticed_by="ten_minutes_of_429",
    ),
    Mutation(
        rule="posts are spread as the platform allows",
        edits=(("bot/services/pace.py", "        return slot - now\n", "        return 0.0\n"),),
        noticed_by="ten_minutes_of_429",
    ),
    Mutation(
        rule="a local time that comes twice counts once",
        edits=(
            (
                "bot/domain/schedule.py",
                "if (moment > now) if step > 0 else (moment <= now):",
                "if (moment >= now - timedelta(hours=1)) if step > 0 else (moment <= now):",
            ),
        ),
        noticed_by="every_local_day",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    mutation: Mutation
    #: Names of the tests that failed; none: the mutation survived.
    failed: tuple[str, ...]
    #: Why it could not be tried.
    trouble: str = ""
    seconds: float = 0.0


def attempt(mutation: Mutation) -> Trial:
    """Break the rule in a copy, and run the tests that should notice; all quick ones if those do not."""
    watch = Watch()
    with tempfile.TemporaryDirectory(prefix="papercrier-mutation-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, root / name)
        for name, old, new in mutation.edits:
            text = (root / name).read_text(encoding="utf-8")
            if text.count(old) != 1:
                return Trial(mutation=mutation, failed=(), trouble=f"{name} holds the text {text.count(old)} times", seconds=watch.seconds)
            (root / name).write_text(text.replace(old, new), encoding="utf-8")
        failed: tuple[str, ...] = ()
        for selection in (["-k", mutation.noticed_by], []):
            failed = failed or _failures(root, selection)
        return Trial(mutation=mutation, failed=failed, seconds=watch.seconds)


def _failures(root: Path, selection: list[str]) -> tuple[str, ...]:
    command = [sys.executable, "-m", "pytest", TESTS, "-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly"]
    ended = subprocess.run([*command, *selection], cwd=root, capture_output=True, text=True, check=False, timeout=900)
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {ended.returncode}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    lines = [line.partition("::")[2] for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return tuple(line.partition(" - ")[0] for line in lines)


def survivors_table(tell: Callable[[str], None], *, markdown: bool) -> tuple[Table, int]:
    """What was tried, and how many mutations nobody noticed."""
    done: list[Trial] = []
    with ThreadPoolExecutor(2) as pool:
        for trial in pool.map(attempt, MUTATIONS):
            done.append(trial)
            what = "noticed" if trial.failed else trial.trouble or "SURVIVED"
            tell(f"{len(done)} of {len(MUTATIONS)}: {trial.mutation.rule}: {what} ({trial.seconds:.0f} s)")
    table = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD, header_style="bold", show_edge=markdown)
    for name in ("rule that was broken", "where", "noticed by"):
        table.add_column(name, no_wrap=markdown)
    for trial in done:
        where = ", ".join(dict.fromkeys(name for name, _, _ in trial.mutation.edits))
        noticed = ", ".join(name.removeprefix("test_").replace("[", r"\[") for name in trial.failed)
        table.add_row(trial.mutation.rule, where, noticed or (trial.trouble or "nobody"))
    return table, sum(not trial.failed for trial in done)
