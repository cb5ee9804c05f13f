"""The responder's own log groups: encrypted, kept as long as its incidents, and not for ever."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    name, keep_days = installation.name, installation.settings.service.keep_days
    groups = []
    for prefix in (f"/sre-agent/{name}", f"/aws/bedrock-agentcore/runtimes/{name.replace('-', '_')}-"):
        groups += await installation.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    faults: list[tuple[OpsState, str]] = []
    for group in groups:
        about, days = f"The log group {group['logGroupName']}", group.get("retentionInDays")
        if days is None:
            faults.append(("warning", f"{about} is kept for ever."))
        elif days < keep_days:
            faults.append(("warning", f"{about} is kept for {days} days, and incidents for {keep_days:.0f}."))
        if "kmsKeyId" not in group:
            faults.append(("warning", f"{about} is not encrypted with a key of the installation."))
    if not groups:
        faults.append(("warning", f"There is no log group /sre-agent/{name}: nobody keeps the responder's log."))
    return OpsFinding.worst(
        faults,
        f"{len(groups)} log groups are encrypted and kept long enough.",
        figures={"log_groups": len(groups)},
        remedy="The module logs of infra/terraform sets both: log_days, and the key of the installation.",
    )


CHECK: Final = OpsCheck("log retention", "weekly", "log groups", look, ("logs:DescribeLogGroups",))
