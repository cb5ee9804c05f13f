"""Secrets in the environment and in settings, where every child process and every dump of them has a copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mcp_servers.redaction import redacted, redacted_value
from sre_agent.aws_services.secrets import is_reference
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.settings import Settings

SHORTEST: Final = 8  # characters of a secret; what is shorter is a flag or a number


async def look(installation: InstallationView) -> OpsFinding:
    variables = sorted(name for name, value in installation.environment.items() if is_secret(name, value))
    faults: list[tuple[OpsState, str]] = [
        ("warning", f"The variable {name} holds what looks like a secret.") for name in variables
    ]
    faults += [
        ("warning", f"The setting {name} holds a secret itself.") for name in plain_settings(installation.settings)
    ]
    return OpsFinding.worst(
        faults,
        "There is no secret in the environment or in the settings.",
        figures={"variables": len(variables)},
        remedy="Name it instead: secret:NAME, secret:NAME#FIELD or parameter:NAME, or a file (token_file).",
    )


def is_secret(name: str, value: str) -> bool:
    """Whether a variable holds what looks like a secret: by its form alone, or by its name where it may be one."""
    if is_reference(value):
        return False
    may_be = len(value) >= SHORTEST and not any(map(str.isspace, value)) and not Path(value).exists()
    return redacted(value) != value or (may_be and redacted_value({name: value}) != {name: value})


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
