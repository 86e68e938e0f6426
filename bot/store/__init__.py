"""Opens the store a URL names. One folder for each engine; they never import each other."""

from __future__ import annotations

from bot.errors import StoreError
from bot.ports import Store


async def open_store(url: str, *, readers: int = 2) -> Store:
    """The store at ``url`` (``sqlite:papercrier.db``, relative to the working folder), migrated to this program's schema.

    Raises ``StoreError`` when the database cannot be used as it is; nothing is changed then.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "sqlite" and colon and rest.lstrip("/"):
        from bot.store.sqlite.store import open_sqlite

        return await open_sqlite(rest.removeprefix("//"), readers=readers)
    raise StoreError(f'store url "{url}" is not understood', 'write "sqlite:papercrier.db"')
