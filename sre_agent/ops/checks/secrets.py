"""The installation's secrets: which have expired, which nobody rotated in time, and which are old. No value is read.

A secret that ends at a date of its own, such as a monitor's token, says so in the tag `expires` (YYYY-MM-DD).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView

EXPIRES: Final = "expires"  # the tag
SOON: Final = timedelta(days=14)


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    filters = [{"Key": "name", "Values": [f"{installation.name}/"]}]
    secrets = await installation.pages("secretsmanager", "list_secrets", "SecretList", Filters=filters)
    most_days, now = installation.settings.operations.secret_max_age_days, installation.clock.now()
    faults = [fault for secret in secrets for fault in _faults(secret, now, most_days)]
    return OpsFinding.worst(
        faults,
        f"Secrets: {len(secrets)}; none has expired or is too old.",
        figures={"secrets": len(secrets)},
        remedy="Put a new value into the secret: the responder reads it again within five minutes, without a restart.",
    )


def _faults(secret: dict[str, Any], now: datetime, most_days: float) -> Iterator[tuple[OpsState, str]]:
    about = f"The secret {secret['Name']}"
    tags = {tag["Key"]: tag["Value"] for tag in secret.get("Tags", [])}
    if EXPIRES in tags:
        yield from _expiry_fault(about, tags[EXPIRES], now)
    due = secret.get("NextRotationDate")
    if secret.get("RotationEnabled") and due is not None and due < now:
        yield "problem", f"{about} should have been rotated at {due:%Y-%m-%d}: look at its rotation function."
    changes = [at for key in ("LastChangedDate", "LastRotatedDate") if (at := secret.get(key)) is not None]
    if changes and not secret.get("RotationEnabled") and (age := now - max(changes)) > timedelta(days=most_days):
        yield "warning", f"{about} is {age.days} days old, and nothing rotates it."


def _expiry_fault(about: str, date: str, now: datetime) -> Iterator[tuple[OpsState, str]]:
    try:
        end = datetime.fromisoformat(date)
    except ValueError:
        yield "warning", f"{about} has a tag `{EXPIRES}` that is no date: {date}."
        return
    end = end if end.tzinfo is not None else end.replace(tzinfo=UTC)
    if end <= now:
        yield "problem", f"{about} expired at {end:%Y-%m-%d}."
    elif end - now < SOON:
        yield "warning", f"{about} expires at {end:%Y-%m-%d}."


CHECK: Final = OpsCheck("secrets", "weekly", "secrets of Secrets Manager", look, ("secretsmanager:ListSecrets",))
