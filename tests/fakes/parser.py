"""The parser without its child: for tests that read many small documents. What goes in and out is sent over the same wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Concatenate, get_type_hints

from bot.sources.parsing.parser import P, ParseLimits, Parser, T
from bot.sources.parsing.wire import decode, encode


class InlineParser(Parser):
    async def run_within(
        self, limits: ParseLimits, function: Callable[Concatenate[bytes, P], T], document: bytes, *args: P.args, **options: P.kwargs
    ) -> T:
        hints = get_type_hints(function)
        sent: dict[str, Any] = {name: json.loads(next(encode(value, hints[name]))) for name, value in options.items()}
        given: Any = {name: decode([json.dumps(value).encode()], hints[name]) for name, value in sent.items()}
        value = function(document, *args, **given)
        return decode(list(encode(value, hints["return"])), hints["return"])  # type: ignore[no-any-return]
