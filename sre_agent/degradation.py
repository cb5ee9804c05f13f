"""The rules of degradation: from models, budgets, writes and tool servers to the level that a report and `/ready` tell.

A level is left by the rule that it was entered by: a breaker closes after one attempt that was well, a budget begins
anew, writes are switched on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sre_agent.domain.degradation import Degradation, Limitation
from sre_agent.toolbox.server_health import ServerHealth

if TYPE_CHECKING:
    from sre_agent.model import Models
    from sre_agent.model.budget import BudgetUse
    from sre_agent.model.models import ModelHealth
    from sre_agent.toolbox.toolbox import Toolbox


async def current(models: Models, toolbox: Toolbox, *, writes: bool, incident: str = "") -> Degradation:
    """As things are now; with the incident's own budget where one is named."""
    limitations = [
        *of_models(models.health(), await models.budgets(incident) if models.configured else ()),
        *of_writes(toolbox.writers_health(), on=writes),
        *of_reads(toolbox.health()),
    ]
    return Degradation.of(limitations)


def of_models(models: Collection[ModelHealth], budgets: Collection[BudgetUse]) -> Iterator[Limitation]:
    """Large are those that only investigations ask; where small ones stand in for them, they are no large models."""
    if not models:
        yield Limitation(level="no_model", why="No chat model is configured.")
        return
    large = [one for one in models if "small" not in one.tiers]
    small = [one for one in models if "small" in one.tiers]
    if all(one.state != "closed" for one in models):
        yield Limitation(level="no_model", why=_failing(models))
    elif large and all(one.state != "closed" for one in large):
        yield Limitation(level="no_large_model", why=_failing(large))
    elif small and all(one.state != "closed" for one in small):
        yield Limitation(level="no_small_model", why=_failing(small))
    used_up = [use for use in budgets if use.part >= 1]
    sparing = [use for use in budgets if use.spares_large and use not in used_up]
    for use in used_up:
        yield Limitation(level="no_model", why=f"The {use.budget.whose} model budget is used up.")
    for use in sparing if large else ():
        yield Limitation(level="no_large_model", why=f"{use.part:.0%} of the {use.budget.whose} model budget is used.")


def of_writes(writers: Collection[ServerHealth], *, on: bool) -> Iterator[Limitation]:
    if not on:
        yield Limitation(level="read_only", why="Writes are switched off.")
    elif writers and all(one.left_alone for one in writers):
        yield Limitation(level="read_only", why=f"No write server is up: {_servers(writers)}.")


def of_reads(readers: Collection[ServerHealth]) -> Iterator[Limitation]:
    if readers and all(one.left_alone for one in readers):
        yield Limitation(level="intake_only", why=f"No tool server is up: {_servers(readers)}.")


def _failing(models: Collection[ModelHealth]) -> str:
    names = ", ".join(one.model for one in models)
    one = len(models) == 1
    return f"{names} {'keeps' if one else 'keep'} failing and {'is' if one else 'are'} not called for now."


def _servers(servers: Collection[ServerHealth]) -> str:
    return ", ".join(f"{one.name} failed {one.failures} times" for one in servers)
