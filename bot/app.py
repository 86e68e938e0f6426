"""The composition root: everything is wired here, by hand, and nowhere else. The only room that knows adapters, store and sources."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from bot.clock import TrustedClock
from bot.config import Config
from bot.config_channels import MuteTable, RuleTable
from bot.config_sources import CATEGORY, ArxivTable
from bot.domain.messages import Message
from bot.domain.quotas import Quotas
from bot.domain.subscriptions import DEFAULT_SCHEDULE, Destination, Settings
from bot.errors import BadInput
from bot.pictures.painter import ProcessPainter
from bot.platforms import limits, load_adapters
from bot.ports import Adapter, Clock, Source, Store
from bot.query.language import parse_query
from bot.render.status import LOOK_BACK, StatusReport, status_message
from bot.secret import NO_SECRET
from bot.services.declared import Change, Declared, Origin, Rule, Unwanted, apply_declared, plan_declared
from bot.services.digests import Digests
from bot.services.dispatch import Dispatcher
from bot.services.doctor import Finding, clock_finding, examine
from bot.services.finding import Finder
from bot.services.ingest import Ingest, Rules
from bot.services.interactions.handler import Interactions
from bot.sources.arxiv.backfill import ArxivBackfill
from bot.sources.arxiv.client import ArxivClient, ArxivSettings
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.lookups import LookupSettings, ServiceLookups
from bot.sources.parsing.parser import Parser
from bot.sources.registry import KINDS, Tools, make_source, settings_of
from bot.sources.seeds import SeedSource
from bot.store import open_store

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """A source as the configuration wants it."""

    source: Source
    every: timedelta


@dataclass(slots=True)
class App:
    """The wired product. ``async with opened(config) as app`` gives one and closes it."""

    config: Config
    clock: Clock
    store: Store
    rules: Rules
    ingest: Ingest
    digests: Digests
    handler: Interactions
    tools: Tools
    #: Platforms that were loaded, by name: they know where a message can be opened.
    platforms: dict[str, Adapter] = field(default_factory=dict)

    def configured(self) -> list[Configured]:
        """The sources that the configuration names, and how often each is read."""
        return configured(self.config, self.tools)

    def sources(self, names: Sequence[str] = ()) -> list[Source]:
        """The configured sources, or the named ones. ``BadInput`` for a name that is not configured."""
        made = {one.source.name: one.source for one in self.configured()}
        chosen = list(names or made)
        if self.config.bot.seeds:
            made["seeds"] = SeedSource()
        for name in names:
            if name not in made:
                raise BadInput(f'source "{name}" is not configured', f"configured are: {', '.join(made) or 'none; see [sources.arxiv]'}")
        return [made[name] for name in chosen]

    def backfill(self, first: date, last: date, categories: Sequence[str] = ()) -> Source:
        """The past of arXiv: what was submitted between two days in these categories ("all": everywhere), or in the configured ones."""
        table = self.config.sources.arxiv or ArxivTable()
        wanted = tuple(dict.fromkeys(categories or table.categories))
        if not wanted:
            raise BadInput("no category is named or configured", "add --category cs.CL, or --category all for the whole of arXiv")
        for category in wanted:
            if not re.fullmatch(CATEGORY, category):
                raise BadInput(f'"{category}" is no category of arXiv', 'write it like "cs.CL", "hep-th" or "astro-ph.GA"')
        client = ArxivClient(settings_of(ArxivSettings, table), self.tools.fetcher, self.tools.parser)
        return ArxivBackfill(client, self.clock, first=first, last=last, categories=() if "all" in wanted else wanted)

    async def plan(self) -> list[Change]:
        """What the configuration file would change in the store."""
        return await self.plan_for(declared(self.config), "config")

    async def plan_for(self, wanted: Sequence[Declared], origin: Origin) -> list[Change]:
        """What it takes to make the store hold what is declared: by the configuration file, or by a file of rules for chat's own."""
        now, store = self.clock.now(), self.store
        held = await store.channels(), await store.subscriptions(), await store.mutes(at=now)
        return plan_declared(wanted, *held, at=now, origin=origin)

    async def apply(self, plan: Sequence[Change]) -> None:
        await apply_declared(plan, self.store, self.clock)
        for change in plan:
            log.info("configuration applied", extra={"change": change.line})

    async def preview(self, destination: Destination, number: int = 0) -> Message | None:
        channel = await self.store.channel(destination.key, tenant=destination.tenant or None)
        return await self.digests.preview(channel, number) if channel else None

    async def report(self) -> StatusReport:
        """How things stand: store, sources, outbox, channels."""
        channels = await self.store.channels()
        return StatusReport(
            papers=await self.store.count_papers(),
            subscriptions=len(await self.store.subscriptions()),
            channels=tuple(channels),
            runs=tuple(await self.store.runs()),
            deliveries=await self.store.counts(),
            now=self.clock.now(),
            coverage=tuple(await self.store.coverage(since=self.clock.now().date() - LOOK_BACK)),
            every={one.source.name: one.every for one in self.configured()},
        )

    async def status(self) -> Message:
        return status_message(await self.report())

    def dispatcher(self, platforms: dict[str, Adapter]) -> Dispatcher:
        owner = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        return Dispatcher(self.store, self.clock, platforms, owner=owner, policy=self.config.delivery.unverifiable)

    def adapters(self, names: Sequence[str] = ()) -> dict[str, Adapter]:
        """The configured platforms (the console always), or only the named ones."""
        loaded = load_adapters(self.config.adapters, self.handler, self.clock, command=self.config.bot.command, only=names)
        self.platforms.update(loaded)
        return loaded

    def link(self, destination: Destination, remote_id: str, thread: str) -> str:
        """Where a sent message can be opened; empty where that is not known."""
        adapter = self.platforms.get(destination.platform)
        return adapter.link(destination, remote_id=remote_id, thread=thread) if adapter else ""


@contextlib.asynccontextmanager
async def opened(config: Config, clock: Clock | None = None, *, apply: bool = True) -> AsyncIterator[App]:
    """Open the store, fill a new one with the starter corpus, wire everything, and apply what the file declares."""
    clock = clock or TrustedClock()
    store = await open_store(config.store.url, readers=config.store.readers)
    fetcher = Fetcher(clock, contact=config.bot.contact, trusted=config.sources.trusted_addresses())
    tools = Tools(clock=clock, fetcher=fetcher, parser=Parser(), arrivals=store.arrivals)
    try:
        app = wire(config, clock, store, tools)
        if config.bot.seeds and not any(run.source == "seeds" for run in await store.runs()):
            await app.ingest.run(SeedSource())
        if apply:
            await app.apply(await app.plan())
        yield app
    finally:
        await tools.fetcher.close()
        await tools.parser.close()
        await store.close()


def default_settings(config: Config) -> Settings:
    """What a channel begins with that is set up by a command."""
    return Settings(schedule=replace(DEFAULT_SCHEDULE, zone=config.bot.timezone))


def quotas(config: Config) -> Quotas:
    """The ceilings of ``[limits]``."""
    wanted = config.limits
    return Quotas(
        subscriptions=wanted.subscriptions,
        tenant_subscriptions=wanted.tenant_subscriptions,
        mutes=wanted.mutes,
        requests_per_minute=wanted.requests_per_minute,
    )


def configured(config: Config, tools: Tools) -> list[Configured]:
    """The sources that the configuration names, and how often each is read."""
    return [
        Configured(source=source, every=timedelta(minutes=table.every_minutes))
        for kind in KINDS
        for table in config.sources.tables(kind.table)
        if (source := make_source(kind, table, tools))
    ]


def lookups(config: Config, tools: Tools) -> ServiceLookups:
    """Who is asked for a paper that somebody names and the library does not have."""
    table, arxiv, scholar = config.sources.lookups, config.sources.arxiv, config.sources.semanticscholar
    settings = LookupSettings(
        crossref_url=table.crossref_url,
        openreview_url=table.openreview_url,
        biorxiv_url=table.biorxiv_url,
        pubmed_url=table.pubmed_url,
        dblp_url=table.dblp_url,
        semanticscholar_url=table.semanticscholar_url,
        semanticscholar_key=scholar.key if scholar else NO_SECRET,
        contact=config.bot.contact,
    )
    known = ArxivSettings(categories=(), api_url=arxiv.api_url) if arxiv else ArxivSettings(categories=())
    return ServiceLookups(settings, known, tools.fetcher, tools.parser)


def declared(config: Config) -> list[Declared]:
    """The channels of the configuration as the services know them."""
    return [
        Declared(
            destination=config.destination(one),
            settings=None if one.mutes_only else config.settings(one),
            rules=tuple(_declared_rule(rule) for rule in one.subscribe),
            mutes=None if one.mute is None else tuple(_declared_mute(mute, config.zone(one)) for mute in one.mute),
        )
        for one in config.channels
    ]


def _declared_rule(rule: RuleTable) -> Rule:
    query = parse_query(rule.query)
    return Rule(query=query.canonical, types=rule.types, maximum=rule.max, typed=query.typed)


def _declared_mute(mute: MuteTable, zone: str) -> Unwanted:
    return Unwanted(kind=mute.kind, value=mute.value, query=mute.canonical(), until=mute.end(zone))


def store_path(config: Config) -> Path:
    """Where the database file of the configuration lies."""
    return Path(config.store.url.partition(":")[2].removeprefix("//"))


def wire(config: Config, clock: Clock, store: Store, tools: Tools) -> App:
    rules = Rules(store, clock)
    app: App

    async def preview(destination: Destination, number: int) -> Message | None:
        return await app.preview(destination, number)

    async def status() -> Message:
        return await app.status()

    def link(destination: Destination, remote_id: str, thread: str) -> str:
        return app.link(destination, remote_id, thread)

    ingest = Ingest(store, clock, rules)
    digests = Digests(store, clock, limits, link=link)
    app = App(
        config=config,
        clock=clock,
        store=store,
        rules=rules,
        ingest=ingest,
        digests=digests,
        handler=Interactions(
            store,
            clock,
            preview=preview,
            status=status,
            command=config.bot.command,
            defaults=default_settings(config),
            painter=ProcessPainter(),
            every={one.source.name: one.every for one in configured(config, tools)},
            find=Finder(store, ingest, lookups(config, tools)).find if config.sources.lookups.enabled else None,
            quotas=quotas(config),
            link=link,
        ),
        tools=tools,
    )
    return app


async def examined(app: App) -> list[Finding]:
    """The doctor's findings, with every configured platform asked."""
    platforms = app.adapters()
    try:
        findings = await examine(app.store, app.clock, platforms, {one.source.name: one.every for one in app.configured()})
    finally:
        for adapter in platforms.values():
            await adapter.close()
    if isinstance(app.clock, TrustedClock) and app.clock.confirmed:
        findings.append(clock_finding(app.clock.host_error))
    return findings
