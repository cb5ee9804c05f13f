"""`sre-agent ops slo`: what the responder promises, and what is left of each error budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.ops.objectives import ObjectiveStatus

HEADERS = ("objective", "promise", "days", "kept", "share", "95 % interval", "promised", "error budget used")


async def report_objectives(settings: Settings, *, as_json: bool) -> int:
    """Prints them; the exit status."""
    from sre_agent.cli.ops_run import open_installation  # noqa: PLC0415
    from sre_agent.ops.objectives import objectives  # noqa: PLC0415

    async with open_installation(settings) as installation:
        statuses = await objectives(installation)
    if as_json:
        say_json([one.model_dump(mode="json") for one in statuses])
    else:
        tables.show(console(), HEADERS, [_cells(one) for one in statuses])
        if not all(one.total for one in statuses):
            say("Nothing is known of an objective without events; grade verdicts with: sre-agent incidents grade")
    if any(one.is_broken or one.is_used_up for one in statuses):
        return exits.ESCALATED
    return exits.OK if all(one.total for one in statuses) else exits.UNANSWERED


def _cells(one: ObjectiveStatus) -> tuple[str, ...]:
    share = "-" if one.share is None else f"{one.share:.2%}"
    interval = f"{one.at_least:.1%} to {one.at_most:.1%}" if one.total else "-"
    usage = "-" if one.budget_used is None else f"{one.budget_used:.0%}"
    return (
        one.name,
        one.promise,
        f"{one.days:g}",
        f"{one.good} of {one.total}",
        share,
        interval,
        f"{one.objective:.1%}",
        usage,
    )
