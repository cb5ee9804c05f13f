"""Who has which role, and who used it: by the groups of the user pool, and by the record."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

DAYS: Final = 90  # without use, before somebody is asked whether the role is still needed
COGNITO: Final = "cognito-idp."
DECIDING: Final = ("approver", "admin")
ROLES: Final = ("viewer", "operator", "approver", "admin")


async def look(installation: InstallationView) -> OpsFinding:
    deciders, since = await _deciders(installation), installation.since(DAYS)
    begins = await installation.record_begins(since)
    pool = user_pool(installation.settings.service.oidc_issuer)
    details = [f"{name} decided {count} times" for name, count in sorted(deciders.items())]
    if not pool:
        who = (
            "everybody who has the token is an admin"
            if not installation.settings.service.oidc_issuer
            else ("the issuer's groups give the roles; only groups of a Cognito user pool can be listed")
        )
        statement = f"What is known of callers: {who}. {len(deciders)} people decided since {begins:%Y-%m-%d}."
        return OpsFinding(state="ok", statement=statement, details=details, figures={"deciders": len(deciders)})
    members = {role: await _members(installation, pool, role) for role in ROLES}
    used_ids = {name.rpartition("#")[2] for name in deciders} | set(deciders)
    faults: list[tuple[OpsState, str]] = [
        ("warning", f"{', '.join(sorted(names))} may decide ({role}) and has not since {begins:%Y-%m-%d}.")
        for role in DECIDING
        for names, ids in members[role]
        if (installation.clock.now() - begins).days >= DAYS and not ids & used_ids
    ]
    details += [
        f"{role}: {', '.join(sorted(name for names, _ in people for name in names))}"
        for role, people in members.items()
    ]
    return OpsFinding.worst(
        faults,
        f"{sum(map(len, members.values()))} memberships in groups; {len(deciders)} people decided.",
        figures={f"role_{role}": len(people) for role, people in members.items()} | {"deciders": len(deciders)},
        details=details,
        remedy="Take people who left or moved out of the group: aws cognito-idp admin-remove-user-from-group.",
    )


def user_pool(issuer: str) -> str:
    """The id of the Cognito user pool of an issuer; empty where it is another one."""
    parts = urlsplit(issuer)
    return parts.path.strip("/") if (parts.hostname or "").startswith(COGNITO) else ""


async def _deciders(installation: InstallationView) -> dict[str, int]:
    """How often each identity decided a question, by the record."""
    counts: dict[str, int] = {}
    async for event in installation.events(installation.since(DAYS)):
        if event.kind == "approval.decided":
            name = str(event.data.get("identity") or event.data.get("by", ""))
            counts[name] = counts.get(name, 0) + 1
    return counts


async def _members(installation: InstallationView, pool: str, role: str) -> list[tuple[set[str], set[str]]]:
    """Of each member how people call them, and the ids that a decision may carry."""
    users = await installation.pages("cognito-idp", "list_users_in_group", "Users", UserPoolId=pool, GroupName=role)
    members = []
    for user in users:
        attributes = {one["Name"]: one["Value"] for one in user.get("Attributes", [])}
        ids = {user["Username"], *(attributes[name] for name in ("sub", "email") if name in attributes)}
        members.append(({attributes.get("email", user["Username"])}, ids))
    return members


CHECK: Final = OpsCheck(
    "access review",
    "monthly",
    "groups of the user pool, and decisions in the record",
    look,
    ("cognito-idp:ListUsersInGroup",),
)
