"""What a configuration file, or a file of rules, says of channels: how they are posted to, what they follow, and what they do not want."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.config_types import Table
from bot.domain.mutes import MuteKind
from bot.domain.schedule import check_zone
from bot.domain.subscriptions import Deliver, DigestStyle, Fill, parse_destination
from bot.errors import BadInput
from bot.muting import mute_query
from bot.query.language import parse_query, standing


def _zone(value: str) -> str:
    try:
        return check_zone(value)
    except BadInput as error:
        raise ValueError(str(error)) from None


def _destination(value: str) -> str:
    try:
        return parse_destination(value).key
    except BadInput as error:
        raise ValueError(str(error)) from None


def _standing_query(value: str) -> str:
    try:
        query = parse_query(value)
        standing(query)
    except BadInput as error:
        raise ValueError(str(error)) from None
    return query.shown


def _with_offset(value: datetime | date) -> datetime | date:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"add an offset, like {value.isoformat()}Z, or write only the day, like {value.date()}")
    return value


Zone = Annotated[str, AfterValidator(_zone)]


class RuleTable(Table):
    query: Annotated[str, AfterValidator(_standing_query)]
    types: tuple[Literal["new", "cross", "update"], ...] = Field(default=(), strict=False)
    max: int | None = Field(default=None, ge=1, le=50)


class MuteTable(Table):
    kind: MuteKind
    value: str = Field(min_length=1, max_length=200)
    until: Annotated[datetime | date, AfterValidator(_with_offset)] | None = None
    #: Written out for a namesake; else it follows from kind and value.
    query: str = ""

    @model_validator(mode="after")
    def _can_stand(self) -> MuteTable:
        if self.kind == "person" and not self.query:
            raise ValueError('a namesake is told apart by a query: press "not them" below a paper of theirs, then papercrier export rules')
        try:
            self.canonical()
        except BadInput as error:
            raise ValueError(str(error)) from None
        return self

    def canonical(self) -> str:
        """The papers that it keeps away, as a query in canonical form."""
        return parse_query(self.query).canonical if self.query else mute_query(self.kind, self.value)

    def end(self, zone: str) -> datetime | None:
        """When it ends (UTC): a day that is written without a time begins by the clocks of ``zone``."""
        if self.until is None or isinstance(self.until, datetime):
            return self.until.astimezone(UTC) if self.until else None
        return datetime.combine(self.until, time(0), ZoneInfo(zone)).astimezone(UTC)


def _rule(value: object) -> object:
    """A rule without options of its own is just its query."""
    return {"query": _standing_query(value)} if isinstance(value, str) else value


class ChannelTable(Table):
    to: Annotated[str, AfterValidator(_destination)]
    name: str = Field(default="", max_length=80)
    subscribe: tuple[Annotated[RuleTable, BeforeValidator(_rule)], ...] = Field(default=(), strict=False)
    mute: tuple[MuteTable, ...] | None = Field(default=None, strict=False)
    schedule: str = "mon-fri 09:00"
    timezone: Zone | None = None
    max: int = Field(default=10, ge=1, le=50)
    style: DigestStyle = "digest"
    fill: Fill = "none"
    deliver: Deliver = "digest"
    types: tuple[Literal["new", "cross", "update"], ...] = Field(default=("new", "cross"), min_length=1, strict=False)

    @property
    def mutes_only(self) -> bool:
        """Whether it says what is not wanted and nothing else."""
        return self.mute is not None and self.model_fields_set <= {"to", "name", "mute", "timezone"}
