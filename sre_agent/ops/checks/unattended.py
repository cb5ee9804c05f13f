"""Which policies would let a write run without asking anybody, and where."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import InstallationView
from sre_agent.policy import open_policy


async def look(installation: InstallationView) -> OpsFinding:
    settings = installation.settings
    if not settings.writing.writes:
        return OpsFinding(state="ok", statement="Writes are off: nothing runs at all.")
    policy = open_policy(settings.policy.policies, limits=settings.policy.limits)
    limits = policy.limits.present
    default = settings.policy.level or limits.level
    places = [*(["wherever no rule says otherwise"] if default == "autonomous" else [])]
    places += [
        ", ".join([*rule.namespace, *(f"{name}={'/'.join(values)}" for name, values in rule.labels.items())])
        for rule in limits.levels
        if rule.level == "autonomous"
    ]
    figures = {"policies": len(policy.without_approval), "places": len(places)}
    if not policy.without_approval or not places:
        why = (
            "No policy permits a write without approval."
            if not policy.without_approval
            else "No namespace is autonomous."
        )
        return OpsFinding(state="ok", statement=why, figures=figures)
    names = ", ".join(policy.without_approval)
    return OpsFinding(
        state="warning",
        statement=f"Without approval: {names}, in {'; '.join(places)}. Is that still meant?",
        figures=figures,
        remedy="sre-agent policy explain TOOL --fact namespace=NAMESPACE says what would be decided.",
    )


CHECK: Final = OpsCheck("unattended writes", "audit", "policies and levels", look)
