"""Secrets in the environment and in settings, where every child process and every dump of them has a copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.redaction import redacted
from sre_agent.aws_services.secrets import is_reference
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.settings import Settings


async def look(installation: InstallationView) -> OpsFinding:
    variables = sorted(
        name
        for name, value in installation.environment.items()
        if value and not is_reference(value) and redacted(f"{name}={value}") != f"{name}={value}"
    )
    faults: list[tuple[OpsState, str]] = [
        ("warning", f"The variable {name} holds what looks like a secret.") for name in variables
    ]
    faults += [
        ("warning", f"The setting {name} holds a secret itself.") for name in plain_settings(installation.settings)
    ]
    return OpsFinding.worst(
        faults,
        "No secret stands in the environment or in the settings.",
        figures={"variables": len(variables)},
        remedy="Name it instead: secret:NAME, secret:NAME#FIELD or parameter:NAME, or a file (token_file).",
    )


def plain_settings(settings: Settings) -> Iterator[str]:
    """Settings that hold a secret instead of a reference to one."""
    for name, value in settings.models.model_keys.items():
        if not is_reference(value):
            yield f"model_keys.{name}"
    for name, value in settings.notifications.notify_secrets.items():
        if not is_reference(value):
            yield f"notify_secrets.{name}"
    if settings.git.git_token and not is_reference(settings.git.git_token):
        yield "git_token"


CHECK: Final = OpsCheck("secrets in plain sight", "audit", "environment and settings", look)
