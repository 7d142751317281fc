"""The commands of the command line, one function each: (context) -> exit status."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.markup import escape

from bot.app import library_options, read_secrets
from bot.cli import FOUND, NOTHING, Context
from bot.cli_work import take_in
from bot.output import (
    credit_record,
    hit_record,
    print_import,
    print_json,
    print_page,
    print_photo,
    sheet_cells,
    tag_names,
)
from bot.progress import progress
from bot.store.looking import looking_at
from bot.store.slack_teams import SlackTeams
from bot.store.state import TABLES, State
from core.credits import export_credits
from core.doctor import Finding, examine
from core.encoders import choose
from core.errors import NotFound
from core.library import Library, Reference
from core.mending import check_library, check_tables
from core.search import Page
from core.sheets import write_sheet
from core.sources.detect import open_source


async def run_init(context: Context) -> int:
    """Make an empty library."""
    options = library_options(context.settings, model=context.arguments.model)
    choice = choose(options.encoder)
    await Library.create(context.folder, choice.name, options)
    context.out.print(f"Made a library in {context.folder}.", markup=False)
    context.out.print(choice.reason, markup=False)
    return FOUND


async def run_import(context: Context) -> int:
    """Take photos in from each source in turn; the library is made when it is not there."""
    arguments = context.arguments
    if not await Library.exists(context.folder, library_options(context.settings)):
        context.arguments.model = None
        await run_init(context)
    async with _library(context) as library:
        for spec in arguments.sources:
            began = time.monotonic()
            source = open_source(spec, images=arguments.images, kind=arguments.source)
            with progress(context.err, f"Importing {Path(spec).name or spec}") as report_progress:
                report = await take_in(context, library, source, report_progress)
            print_import(context.out, report, time.monotonic() - began)
        if (stats := await library.stats()).photos == 0:
            return NOTHING
        context.out.print(f"The library holds {stats.photos:,} photos.")
    return FOUND


async def run_find(context: Context) -> int:
    """Find photos by words, reference photos and filters."""
    arguments = context.arguments
    references = [_reference(path) for path in arguments.image]
    async with _library(context) as library:
        page = await library.find(
            " ".join(arguments.query).strip(),
            references=references,
            limit=arguments.limit or context.settings.search.limit,
            collapse=context.settings.search.collapse and not arguments.no_collapse,
            diverse=arguments.diverse,
        )
        return _show(context, library, page, " ".join([*arguments.query, *(Path(p).name for p in arguments.image)]))


async def run_similar(context: Context) -> int:
    """Find photos like one in the library, or like a file."""
    arguments = context.arguments
    async with _library(context) as library:
        limit = arguments.limit or context.settings.search.limit
        collapse = context.settings.search.collapse and not arguments.no_collapse
        if Path(arguments.photo).is_file():
            page = await library.find("", references=[_reference(arguments.photo)], limit=limit, collapse=collapse)
        else:
            page = await library.similar(arguments.photo, limit=limit, collapse=collapse)
        return _show(context, library, page, f"like {Path(arguments.photo).name}")


async def run_tags(context: Context) -> int:
    """List tags and how many photos have them."""
    async with _library(context) as library:
        counts = await library.tags(context.arguments.prefix, limit=context.arguments.limit)
    for name, count in counts:
        context.out.print(f"{count:>7,}  {name}", markup=False)
    return FOUND if counts else NOTHING


async def run_photo(context: Context) -> int:
    """Show all that is known of a photo."""
    async with _library(context) as library:
        photo = await library.photo(context.arguments.id)
        credit = library.credit(photo)
    if context.arguments.json:
        record = {
            "id": photo.id,
            "path": photo.path,
            "title": photo.title,
            "description": photo.description,
            "credit": credit_record(credit),
            "tags": tag_names(photo),
            "width": photo.width,
            "height": photo.height,
            "colours": [colour.hex for colour in photo.colours],
            "place": photo.place,
            "licence": photo.licence,
            "page_url": photo.page_url,
            "image_url": photo.image_url,
        }
        print_json([record])
    else:
        print_photo(context.out, photo, credit)
    return FOUND


async def run_credit(context: Context) -> int:
    """Print the credits of photos."""
    async with _library(context) as library:
        photos = [await library.photo(photo_id) for photo_id in context.arguments.ids]
    text = export_credits(photos, context.arguments.format, app_name=context.settings.library.app_name)
    context.out.print(text, markup=False, end="" if text.endswith("\n") else "\n")
    return FOUND


async def run_stats(context: Context) -> int:
    """Show the library in figures."""
    async with _library(context) as library:
        stats = await library.stats()
    rows = {
        "photos": f"{stats.photos:,}",
        "with a vector": f"{stats.with_vector:,}",
        "photographers": f"{stats.photographers:,}",
        "tags": f"{stats.tags:,}",
        "encoder": stats.encoder,
        **{f"vectors of {name}": f"{count:,}" for name, count in stats.elsewhere.items()},
    }
    for name, value in rows.items():
        context.out.print(f"{name}: {value}", markup=False)
    return FOUND


async def run_eval(context: Context) -> int:
    """Measure how well photos are found, with the library's encoder."""
    async with _library(context) as library:
        with progress(context.err, "Embedding") as report_progress:
            figures = await library.evaluate(context.arguments.labelled, report_progress)
    if context.arguments.json:
        print_json([figures.record()])
    else:
        for line in figures.lines():
            context.out.print(line, markup=False)
    return FOUND


async def run_reembed(context: Context) -> int:
    """Move the library to another encoder; it answers from the old vectors until the new ones are whole."""
    async with _library(context, any_encoder=True) as library:
        with progress(context.err, "Embedding") as report_progress:
            report = await library.reembed(context.arguments.model, report_progress)
    for line in report.lines():
        context.out.print(line, markup=False)
    return FOUND


async def run_check(context: Context) -> int:
    """Look for damage, and mend it where asked."""
    options, repair = library_options(context.settings), context.arguments.repair
    async with options.make_stores() as stores:
        problems = await check_library(context.folder, options, repair=repair, stores=stores)
        if not context.settings.library.store:
            tables = context.settings.bot.dir / TABLES
            problems += await check_tables(tables, "bot.store", repair=repair, stores=stores)
    for problem in problems:
        context.out.print(f"{'mended' if problem.mended else 'found'}: {problem.text}", markup=False)
    if not problems:
        context.out.print("The library is sound.")
    elif not context.arguments.repair:
        context.out.print("`modaclip check --repair` mends this.")
    return FOUND if all(problem.mended for problem in problems) else NOTHING


async def run_doctor(context: Context) -> int:
    """Show what is there, what is missing, and what to do."""
    findings: list[Finding] = []
    if context.arguments.discord:
        findings += await _examine_discord()
    if context.arguments.slack:
        findings += await _examine_slack(context)
    if not findings:
        options = library_options(context.settings)
        findings = await examine(context.folder, options.encoder, options.store)
    for finding in findings:
        mark = "[green]ok     [/]" if finding.ok else "[yellow]missing[/]"
        context.out.print(f"{mark} {escape(finding.what)}", soft_wrap=True)
        if finding.advice:
            context.out.print(f"        {escape(finding.advice)}", soft_wrap=True)
    return FOUND


async def run_slack_key(context: Context) -> int:
    """Print a key that encrypts the tokens of workspaces."""
    from bot.slack.seal import make_key  # brings cryptography, which other commands do not need

    context.out.print(make_key(), markup=False)
    return FOUND


async def _examine_discord() -> list[Finding]:
    from bot.discord.checkup import examine as examine_discord  # brings discord.py, which nothing else here needs

    token = read_secrets(os.environ).discord_token
    if token is None:
        return [Finding(False, "Discord token", "Set MODACLIP_DISCORD_TOKEN; docs/discord.md says where it is.")]
    return await examine_discord(token)


async def _examine_slack(context: Context) -> list[Finding]:
    # bring Slack's client, which nothing else here needs
    from bot.slack.checkup import examine as examine_slack
    from bot.slack.checkup import examine_app
    from bot.slack.credentials import is_for_many

    secrets = read_secrets(os.environ)
    if not is_for_many(secrets):
        return await examine_slack(secrets.slack_bot_token, secrets.slack_app_token, secrets.slack_signing_secret)
    path, public_url = context.settings.bot.dir / TABLES, context.settings.slack.public_url
    if context.settings.library.store:
        stores = library_options(context.settings).make_stores()
        async with stores, State.open(path, stores=stores) as state:
            return await examine_app(secrets, public_url, SlackTeams(state.database))
    async with looking_at(path, "slack_teams") as database:
        return await examine_app(secrets, public_url, None if database is None else SlackTeams(database))


@asynccontextmanager
async def _library(context: Context, *, any_encoder: bool = False) -> AsyncIterator[Library]:
    options = library_options(context.settings)
    async with Library.open(context.folder, options, any_encoder=any_encoder) as library:
        yield library


def _reference(path: str) -> Reference:
    file = Path(path)
    try:
        return Reference(file.read_bytes(), file.name)
    except OSError as error:
        raise NotFound("The photo {path} can't be read: {trouble}.", path=path, trouble=error.strerror) from error


def _show(context: Context, library: Library, page: Page, heading: str) -> int:
    if context.arguments.json:
        print_json(hit_record(hit) for hit in page.hits)
        for notice in page.notices:
            context.err.print(str(notice), markup=False)
    else:
        print_page(context.out, page)
    if context.arguments.sheet and page.hits:
        write_sheet(context.arguments.sheet, sheet_cells(library, page), heading=heading)
        context.err.print(f"Contact sheet: {context.arguments.sheet}", markup=False)
    return FOUND if page.hits and page.matches else NOTHING
