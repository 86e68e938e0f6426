"""Kinds of values that the tables of the configuration share."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from bot.secret import Secret


def _secret(value: object) -> object:
    return Secret(value.strip()) if isinstance(value, str) else value


def _url(schemes: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"is no address: write one that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if "@" in urlsplit(value).netloc:
            raise ValueError("has a user name in it: take out what stands before the @")
        return value

    return AfterValidator(check)


SecretText = Annotated[Secret, BeforeValidator(_secret), PlainSerializer(lambda _: "<secret>", return_type=str)]
HttpUrl = Annotated[str, _url(("https", "http"))]
WebSocketUrl = Annotated[str, _url(("wss", "ws"))]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)
