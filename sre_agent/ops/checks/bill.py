"""What AWS bills this month by Cost Explorer, where asking it is allowed: each request costs a cent."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import InstallationView

METRIC: Final = "UnblendedCost"
SHARES: Final = 10
DAY: Final = "%Y-%m-%d"


async def look(installation: InstallationView) -> OpsFinding:
    if not installation.settings.operations.cost_explorer:
        return OpsFinding.not_set_up(
            "Cost Explorer is not asked.", "Set cost_explorer = true; AWS charges $0.01 for it."
        )
    now = installation.clock.now()
    start = now.replace(day=1)
    if now.day == 1:
        return OpsFinding(state="ok", statement="The month has just begun: Cost Explorer has no whole day of it.")
    answer = await installation.ask(
        "ce",
        "get_cost_and_usage",
        TimePeriod={"Start": f"{start:{DAY}}", "End": f"{now:{DAY}}"},
        Granularity="MONTHLY",
        Metrics=[METRIC],
        GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
    )
    dollars: dict[str, float] = {}
    for group in (group for period in answer["ResultsByTime"] for group in period.get("Groups", [])):
        service = str(group["Keys"][0])
        dollars[service] = dollars.get(service, 0.0) + float(group["Metrics"][METRIC]["Amount"])
    total = sum(dollars.values())
    return OpsFinding(
        state="ok",
        statement=f"AWS bills ${total:.2f} for this account from {start:{DAY}} until yesterday.",
        figures={"month_dollars": round(total, 2)},
        details=[
            f"${amount:.2f} {service}" for service, amount in sorted(dollars.items(), key=lambda one: -one[1])[:SHARES]
        ],
    )


CHECK: Final = OpsCheck("AWS bill", "daily", "Cost Explorer, this month by service", look, ("ce:GetCostAndUsage",))
