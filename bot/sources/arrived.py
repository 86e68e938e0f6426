"""The papers that came into the library lately, page by page, for sources that only add to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import SourceError
from bot.ports import Arrivals
from bot.secret import Secret
from bot.sources.fetch.fetcher import Fetched

#: How far back a run looks at most: the first one, and one after a long stop. A page that a service can never answer is left behind then.
LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Keys of papers that arrived one after the other, and what is to be remembered when all is asked about them."""

    keys: tuple[str, ...]
    done: str


async def pages_of(arrivals: Arrivals, until: datetime, done: str, *, size: int, most: int) -> AsyncIterator[Page]:
    """Papers that arrived after ``done`` (as a page had it; empty: nothing yet) and not after ``until``, oldest first.

    Some ``most`` pages of ``size`` papers; the last one may be empty.
    """
    since = max(_moment(done) or until - LOOK_BACK, until - LOOK_BACK)
    for _ in range(most):
        found = await arrivals(since=since, until=until, limit=size) if since < until else []
        before, since = since, max(since, found[-1][1] if len(found) >= size else until)
        keys = [key for key, _ in found]
        # One moment may have brought more papers than a page holds: they are not done before the last of them.
        while len(keys) > size:
            yield Page(keys=tuple(keys[:size]), done=before.isoformat())
            del keys[:size]
        yield Page(keys=tuple(keys), done=since.isoformat())
        if since >= until:
            return


def require_no_key(answer: Fetched, key: Secret) -> None:
    """An answer that holds our key is not read: errors, problems and papers quote what they are made of. Raises ``SourceError``."""
    if key and key.reveal().encode() in answer.body:
        raise SourceError("a service sent its key back instead of papers", "check the key and the address; it is asked again later")


def _moment(text: str) -> datetime | None:
    """The moment remembered; ``None`` for what was never written by this."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
