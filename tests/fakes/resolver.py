"""A resolver that tells whatever it was told to tell, and something else the next time."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class LyingResolver(AbstractResolver):
    """``answers``: host -> lists of addresses, one list for each question, the last one for ever."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        known = self._answers.get(host)
        if not known:
            raise OSError(f"{host} is not known")
        addresses = known.pop(0) if len(known) > 1 else known[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""
