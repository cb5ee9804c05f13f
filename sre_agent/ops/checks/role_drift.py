"""The responder's own roles against the policies that infra/ ships: more is a risk, and less breaks something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sre_agent.aws_services.conditions import code_of
from sre_agent.errors import SreAgentError
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.shipped_policies import NEEDED, ROLES, WHERE_WANTED, differences

NO_ROLE: Final = "NoSuchEntity"
NAMED: Final = 5  # differences of one policy that are told
Fault = tuple[OpsState, str]


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    faults = [fault for role in ROLES async for fault in _faults(installation, role)]
    return OpsFinding.worst(
        faults,
        f"The roles of {installation.name} ({', '.join(ROLES)}) are as they are shipped.",
        figures={"differences": len(faults)},
        remedy="terraform plan shows the same difference; terraform apply puts the role back as it is shipped.",
    )


async def _faults(installation: InstallationView, role: str) -> AsyncIterator[Fault]:
    name, policies = f"{installation.name}-{role}", ROLES[role]
    try:
        trust = (await installation.ask("iam", "get_role", RoleName=name))["Role"]["AssumeRolePolicyDocument"]
    except SreAgentError as problem:
        if code_of(problem) != NO_ROLE:
            raise
        if role not in WHERE_WANTED:
            yield "warning", f"There is no role {name}."
        return
    for fault in _trust_faults(trust, name, installation.name):
        yield fault
    live = await installation.pages("iam", "list_role_policies", "PolicyNames", RoleName=name)
    for missing in (one for one in NEEDED[role] if one not in live):
        yield "problem", f"{name} has no policy {missing}."
    for policy in live:
        if policy not in policies:
            yield "problem", f"{name} has a policy {policy} that is not shipped."
            continue
        answer = await installation.ask("iam", "get_role_policy", RoleName=name, PolicyName=policy)
        more, less = differences(answer["PolicyDocument"], policies[policy], installation.name)
        if more:
            yield "problem", f"{name}, policy {policy}, allows more than is shipped: {_few(more)}."
        if less:
            yield "warning", f"{name}, policy {policy}, lacks what is shipped: {_few(less)}."
    for policy in await installation.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        yield "problem", f"{name} has {policy['PolicyName']} attached, which is not shipped."


def _trust_faults(trust: dict[str, Any], role: str, installation: str) -> list[Fault]:
    """Who else than services and the installation's own roles may assume it."""
    faults: list[Fault] = []
    statements = trust["Statement"] if isinstance(trust["Statement"], list) else [trust["Statement"]]
    for principal in (one.get("Principal", {}) for one in statements if one["Effect"] == "Allow"):
        arns = principal if isinstance(principal, str) else principal.get("AWS", [])
        for arn in [arns] if isinstance(arns, str) else arns:
            if arn == "*" or not str(arn).rpartition("/")[2].startswith(f"{installation}-"):
                faults.append(("problem", f"{role} may be assumed by {'anybody' if arn == '*' else arn}."))
    return faults


def _few(texts: list[str]) -> str:
    more = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return ", ".join(texts[:NAMED]) + more


CHECK: Final = OpsCheck(
    "role drift",
    "weekly",
    "the responder's own IAM roles",
    look,
    ("iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"),
)
