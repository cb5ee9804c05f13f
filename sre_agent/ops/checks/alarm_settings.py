"""The alarms about the responder that infra/ ships: that they are there, switched on, as strict, and tell somebody."""

from __future__ import annotations

from typing import Any, Final

import yaml

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.shipped_policies import shipped_document

FILE: Final = "terraform/modules/monitoring/always.yaml"
SETTINGS: Final = {"metric": "MetricName", "period": "Period", "periods": "EvaluationPeriods", "threshold": "Threshold"}


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    prefix = f"{installation.name}-"
    alarms = await installation.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix)
    by_name = {alarm["AlarmName"].removeprefix(prefix): alarm for alarm in alarms}
    faults: list[tuple[OpsState, str]] = []
    for name, reference in yaml.safe_load(shipped_document(FILE)).items():
        if name not in by_name:
            faults.append(("problem", f"The alarm {prefix}{name} is missing."))
        elif changes := _changes(by_name[name], reference):
            faults.append(("warning", f"The alarm {prefix}{name} is not as shipped: {', '.join(changes)}."))
    for name, alarm in by_name.items():
        if not alarm.get("ActionsEnabled", True) or not alarm.get("AlarmActions"):
            faults.append(("problem", f"The alarm {prefix}{name} tells nobody: its actions are off."))
    return OpsFinding.worst(
        faults,
        f"{len(by_name)} alarms are switched on and tell somebody.",
        figures={"alarms": len(by_name)},
        remedy="terraform plan shows the difference; terraform apply puts the alarms back.",
    )


def _changes(alarm: dict[str, Any], reference: dict[str, Any]) -> list[str]:
    return [
        f"{name} is {alarm.get(key)} instead of {reference[name]}"
        for name, key in SETTINGS.items()
        if name in reference and alarm.get(key) != reference[name]
    ]


CHECK: Final = OpsCheck("alarm settings", "weekly", "CloudWatch alarms", look, ("cloudwatch:DescribeAlarms",))
