"""``export`` and ``apply``: papers, rules and feeds as files, and rules back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click

from bot.cli.common import catching, config_option, save
from bot.config import Config, check_config, load_config
from bot.domain.subscriptions import parse_destination
from bot.errors import BadInput, ConfigError

#: Papers of one file.
MOST = 10_000
_PAGE = 1000


@click.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice(["bibtex", "ris", "csv", "rules", "opml"]))
@click.argument("query", nargs=-1)
@click.option("--to", metavar="DEST", help="With rules: those of this destination only.")
@click.option("--out", "out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there, not to standard output.")
@config_option
@catching
async def export_command(form: str, query: tuple[str, ...], to: str | None, out: Path | None, config_path: Path | None) -> None:
    """Papers that match QUERY as bibtex, ris or csv; every channel with its rules and mutes as text that `papercrier apply` reads; or the
    feeds that are read as opml."""
    from bot.app import opened

    if form in ("rules", "opml") and query:
        step = "leave the query out, or name a destination with --to" if form == "rules" else "leave the query out"
        raise BadInput(f"{'rules' if form == 'rules' else 'feeds'} are not searched", step)
    if form == "opml":
        _write(_feeds(load_config(config_path)), out)
        return
    if form != "rules" and not query:
        raise BadInput(f"a query says which papers to export as {form}", f'for example: papercrier export {form} "state space models"')
    async with opened(load_config(config_path), apply=False) as app:
        if form == "rules":
            from bot.rule_files import rules_text

            key = parse_destination(to).key if to else ""
            channels = [one for one in await app.store.channels() if key in ("", one.destination.key)]
            mutes = [one for one in await app.store.mutes(at=app.clock.now()) if key in ("", one.destination.key)]
            if key and not (channels or mutes):
                raise BadInput(f"nothing is known about {key}", "papercrier subscriptions lists every destination")
            text = rules_text(channels, await app.store.subscriptions(), mutes)
        else:
            from bot.exports import EXPORTS
            from bot.query.language import parse_query

            wanted, today = parse_query(" ".join(query)), app.clock.now().date()
            papers = []
            for offset in range(0, MOST, _PAGE):
                page = await app.store.search(wanted, sort="new", limit=_PAGE, offset=offset, today=today)
                papers += [stored.paper for stored, _ in page.hits]
                if len(page.hits) < _PAGE:
                    break
            text = EXPORTS[form].write(papers)
    _write(text, out)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    save(out, text)
    click.echo(f"written: {out}", err=True)


def _feeds(config: Config) -> str:
    """The ``[[sources.feeds]]`` tables as OPML. ``BadInput`` when there is none."""
    from bot.feed_lists import FeedEntry, opml

    feeds = config.sources.feeds
    if not feeds:
        raise BadInput("no feeds are read", "add a [[sources.feeds]] table to the configuration; config.example.toml shows one")
    return opml([FeedEntry(name=one.name, url=one.url, categories=one.categories) for one in feeds])


@click.command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do it without asking.")
@config_option
@catching
async def apply_command(file: Path, yes: bool, config_path: Path | None) -> None:
    """Make the channels named in FILE follow the rules and mutes it lists. Shows the plan first; other channels are left alone."""
    from bot.app import declared, opened
    from bot.services.declared import apply_declared

    wanted = declared(check_config({"channels": _channels(file)}))
    async with opened(load_config(config_path), apply=False) as app:
        plan = await app.plan_for(wanted, "chat")
        if not plan:
            click.echo("nothing to change: the rules are as the file says")
            return
        for change in plan:
            click.echo(change.line)
        if not yes and not click.confirm(f"{len(plan)} changes. Make them?", default=False):
            click.echo("nothing was changed")
            return
        await apply_declared(plan, app.store, app.clock, origin="chat")
        click.echo(f"done: {len(plan)} changes")


def _channels(file: Path) -> object:
    """The ``[[channels]]`` tables of the file. ``ConfigError`` when it is no TOML or says anything else."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError([f"{file}: there is no such file; papercrier export rules --out {file} writes one"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: cannot be read ({error})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: is not valid TOML: {error}"]) from None
    if other := sorted(data.keys() - {"channels"}):
        raise ConfigError([f"{file}: {key}: only [[channels]] stand in a file of rules" for key in other])
    return data.get("channels", [])
