"""Trusted time: the host is asked once, elapsed seconds carry it on, platforms set it right."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.clock import TOLERANCE, SystemClock, TrustedClock, Turns, require_utc

START = datetime(2026, 4, 22, 12, tzinfo=UTC)


class Host(SystemClock):
    """A host whose wall clock can be stepped without any time passing."""

    def __init__(self) -> None:
        self.wall, self.elapsed = START, 100.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.elapsed

    def pass_time(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed += seconds


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.mark.parametrize("step", [timedelta(days=-1), timedelta(days=1), timedelta(seconds=120)])
def test_a_step_of_the_host_clock_moves_nothing(host: Host, step: timedelta) -> None:
    clock = TrustedClock(host)
    host.wall += step
    host.pass_time(10)
    assert clock.now() == START + timedelta(seconds=10)
    assert clock.host_error == pytest.approx(step.total_seconds())


def test_a_platform_sets_a_wrong_start_right(host: Host) -> None:
    host.wall = START - timedelta(days=1)
    clock = TrustedClock(host)
    assert not clock.confirmed
    clock.observe(START)
    host.pass_time(5)
    assert clock.confirmed
    assert abs(clock.now() - (START + timedelta(seconds=5))) <= timedelta(seconds=1)


def test_whole_seconds_and_travel_time_do_not_make_it_jump(host: Host) -> None:
    clock = TrustedClock(host)
    for error in (-TOLERANCE + 0.6, 0.0, TOLERANCE - 0.6):
        clock.observe(START + timedelta(seconds=error))
        assert clock.now() == START


def test_a_suspended_machine_is_set_right_by_the_elapsed_seconds(host: Host) -> None:
    clock = TrustedClock(host)
    host.pass_time(7200)
    assert clock.now() == START + timedelta(hours=2)


def test_elapsed_seconds_never_run_backwards() -> None:
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()


def test_only_aware_utc_is_a_moment() -> None:
    for wrong in (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))):  # noqa: DTZ001 - what must be refused
        with pytest.raises(ValueError, match="aware UTC"):
            require_utc(wrong)


async def test_between_two_pieces_of_work_the_loop_hears_what_came_in() -> None:
    turns, order = Turns(), list[str]()

    async def work(name: str) -> None:
        async with turns:
            order.append(name)

    async def listen() -> None:
        for _ in range(10):
            order.append("heard")
            await asyncio.sleep(0)

    await asyncio.gather(work("a"), work("b"), work("c"), listen())
    kept = [one for one in order if one != "heard"]
    assert kept == ["a", "b", "c"]
    assert "heard" in order[order.index("a") : order.index("b")]
    assert "heard" in order[order.index("b") : order.index("c")]


async def test_a_piece_of_work_that_fails_or_is_given_up_lets_the_next_one_begin() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        async with turns:
            _ = 1 / 0

    async def work() -> str:
        async with turns:
            return "done"

    async with turns:
        given_up, next_one = asyncio.create_task(work()), asyncio.create_task(work())
        await asyncio.sleep(0)
        given_up.cancel()
    async with asyncio.timeout(5):
        assert await next_one == "done"
