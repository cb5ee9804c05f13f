"""What chat models cost against the budgets of the day and the month, by model and agent, from our own ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sre_agent.model.budget import WARN_AT
from sre_agent.model.costs import added_up
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

SHARES: Final = 10  # of model and agent that are told


async def look(installation: InstallationView) -> OpsFinding:
    models, now = installation.settings.models, installation.clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday, month = today - timedelta(days=1), today.replace(day=1)
    faults: list[tuple[OpsState, str]] = []
    figures: dict[str, float] = {}
    of_today = await installation.store.model_dollars(since=today)
    for name, dollars, budget in (
        ("today", of_today, models.model_day_dollars),
        ("yesterday", await installation.store.model_dollars(since=yesterday) - of_today, models.model_day_dollars),
        ("this month", await installation.store.model_dollars(since=month), models.model_month_dollars),
    ):
        part = dollars / budget if budget else float(dollars > 0)
        figures[f"{name.replace(' ', '_')}_dollars"] = round(dollars, 4)
        if part >= WARN_AT:
            text = f"Models have used {part:.0%} of the budget of {name}: ${dollars:.2f} of ${budget:.2f}."
            faults.append(("problem" if part >= 1 else "warning", text))
    lines = added_up(await installation.store.model_calls(since=month), ("model", "agent"))
    dearest = sorted(lines, key=lambda line: -line.dollars)[:SHARES]
    return OpsFinding.worst(
        faults,
        f"Models cost ${figures['yesterday_dollars']:.2f} yesterday, ${figures['this_month_dollars']:.2f} this month.",
        figures=figures,
        details=[f"${line.dollars:.2f} {line.of[0]}, {line.of[1]} ({line.calls} calls)" for line in dearest],
        remedy="sre-agent costs shows what used it; raise model_day_dollars or model_month_dollars if more is meant.",
    )


CHECK: Final = OpsCheck("model budget", "daily", "ledger of model calls", look)
