"""`sre-agent costs`: what the chat models took, by incident, agent, model and hour."""

from __future__ import annotations

import asyncio
import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.domain.model_call import ModelCall
from sre_agent.errors import BadInputError, NothingStoredError
from sre_agent.settings import Settings, load, load_saved

if TYPE_CHECKING:
    from sre_agent.model.costs import Costs
    from sre_agent.store import LogQueries

BY = ("incident", "agent", "model")
BY_OF_ONE = ("agent", "prompt", "model", "outcome")  # where one incident is asked for
IN_A_PIPE = 240  # columns: nobody folds lines there, and models have long names
VERB_OF = {"evaluation": "evaluate"}  # which collects the job of an agent, where it has another name
COUNTS = ("calls", "failed", "unpriced", "estimated", "reused")
SUMS = ("hit_rate", "seconds", "dollars", "held", "held_dollars")
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")

EXAMPLES = f"""
Examples:

  sre-agent costs                           by incident, agent and model

  sre-agent costs --by hour --days 1        each hour of the last day

  sre-agent costs --incident inc-3          one incident, by agent, prompt, model and outcome

  sre-agent costs --by prompt               how often each prompt comes from the cache

  sre-agent costs --csv > costs.csv         for a spreadsheet

{exits.LISTED}
"""


def costs(
    by: Annotated[
        list[str] | None,
        typer.Option(help="incident, agent, model, hour (UTC), user, tier, prompt, batch or outcome; repeatable"),
    ] = None,
    incident: Annotated[str, typer.Option(help="only this incident, by agent, prompt, model and outcome")] = "",
    days: Annotated[float | None, typer.Option(help="only the last N days")] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV, one line per group")] = False,
    profile: Profile = "local",
    state_dir: StateDir = None,
) -> None:
    """Show what the chat models cost: calls, tokens and money, and the batch jobs that are not collected yet."""
    from sre_agent.model.costs import KEYS, added_up, total  # noqa: PLC0415 - `--help` does not need langchain

    keys = tuple(by or (BY_OF_ONE if incident else BY))
    unknown = [key for key in keys if key not in KEYS]
    if unknown:
        raise BadInputError(f"Costs cannot be grouped by {', '.join(unknown)}. Choose from {', '.join(KEYS)}.")
    if as_json and as_csv:
        raise BadInputError("Choose one of --json and --csv.")
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    try:
        settings = load_saved(state_dir, profile)
        calls, logs = asyncio.run(_ledger(settings, incident, since))
    except NothingStoredError:
        settings, calls, logs = load(profile, state_dir=state_dir), [], None
    lines = added_up(calls, keys)
    if as_csv:
        _csv(keys, lines)
    elif as_json:
        extra = {} if logs is None else {"logs_insights": asdict(logs)}
        say_json(_json(settings, keys, lines, total(calls)) | extra)
    elif not calls:
        say(f"No chat model calls in {settings.state_access.place}.")
    else:
        _table(settings, keys, lines, total(calls))
        _about_held(calls)
    if logs is not None and logs.total and not as_json and not as_csv:
        say(f"Logs Insights: {logs.total} queries, {logs.reused} of them reused; {logs.gigabytes:.3g} GB read.")


async def _ledger(
    settings: Settings, incident: str, since: datetime | None
) -> tuple[list[ModelCall], LogQueries | None]:
    """The calls of models, those of batch jobs included, and the queries of logs."""
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    store = open_store(settings.state_access)
    try:
        filters: dict[str, Any] = {"incident": incident or None, "since": since}
        calls = [*await store.model_calls(**filters), *await store.held_model_calls(**filters)]
        return calls, await store.log_queries(**filters)
    finally:
        await store.close()


def _table(settings: Settings, keys: tuple[str, ...], lines: list[Costs], whole: Costs) -> None:
    numbers = _numbers(whole, bool(whole.held_calls))
    rows = [
        (*(part or "-" for part in line.of), *_numbers(line, bool(whole.held_calls)).values())
        for line in sorted(lines, key=lambda one: one.of)
    ]
    sums = ("together", *[""] * (len(keys) - 1), *numbers.values())
    out = console(IN_A_PIPE)
    tables.show(out, (*keys, *numbers), rows, sums=sums, numbers=len(numbers))
    say(_about_prices(settings))
    if whole.unpriced:
        say(f"{whole.unpriced} calls are to models without a known price; the highest known price was used.")
    if whole.estimated:
        calls_text = "1 call" if whole.estimated == 1 else f"{whole.estimated} calls"
        say(f"{calls_text} ended before the answer was complete; their cost is estimated.")


def _about_held(calls: list[ModelCall]) -> None:
    """Until when it is held, and what to call."""
    from sre_agent.model.batch.job import job_of  # noqa: PLC0415
    from sre_agent.model.budget import money  # noqa: PLC0415

    held_calls = [call for call in calls if call.outcome == "held"]
    if not held_calls:
        return
    most, agents = money(sum(call.dollars for call in held_calls)), {job_of(call.id): call.agent for call in held_calls}
    of = "1 request" if len(held_calls) == 1 else f"{len(held_calls)} requests"
    say(f"Held: the most that {of} can cost, {most}, until the batch jobs are collected with the actual price:")
    for job, agent in agents.items():
        say(f"  sre-agent {VERB_OF.get(agent.split()[0], agent)} --collect {job}")


def _numbers(line: Costs, shows_held: bool) -> dict[str, str]:
    return {
        "calls": str(line.calls),
        "failed": str(line.failed or "-"),
        "reused": str(line.reused or "-"),
        "input": f"{line.input_tokens:,}",
        "output": f"{line.output_tokens:,}",
        "from cache": f"{line.cache_read_tokens:,}",
        "into cache": f"{line.cache_write_tokens:,}",
        "hits": "-" if line.hit_rate is None else f"{line.hit_rate:.0%}",
        "seconds": f"{line.seconds:.1f}",
        "dollars": f"{line.dollars:.4f}",
    } | ({"held": f"{line.held_dollars:.4f}" if line.held_calls else "-"} if shows_held else {})


def _json(settings: Settings, keys: tuple[str, ...], lines: list[Costs], whole: Costs) -> dict[str, Any]:
    from sre_agent.model.usage import load_prices  # noqa: PLC0415

    prices = load_prices(settings.models.model_prices)
    return {
        "by": keys,
        "groups": [dict(zip(keys, line.of, strict=True)) | _plain(line) for line in lines],
        "together": _plain(whole),
        "prices": {"date": str(prices.date), "source": prices.source},
    }


def _csv(keys: tuple[str, ...], lines: list[Costs]) -> None:
    out = csv.DictWriter(sys.stdout, fieldnames=[*keys, *COUNTS, *TOKENS, *SUMS])
    out.writeheader()
    for line in lines:
        out.writerow(dict(zip(keys, line.of, strict=True)) | _plain(line))


def _plain(line: Costs) -> dict[str, Any]:
    rate = line.hit_rate
    return line.model_dump(exclude={"of"}) | {"hit_rate": None if rate is None else round(rate, 4)}


def _about_prices(settings: Settings) -> str:
    from sre_agent.model.usage import load_prices  # noqa: PLC0415

    prices = load_prices(settings.models.model_prices)
    return (
        f"By list prices of {prices.date} ({prices.source}), which may be out of date; the AWS bill is authoritative."
    )
