"""Parameters of Systems Manager in plain text that are used as secrets, or look like one.

Terraform makes every parameter of the installation a SecureString, so each plain one was made by hand.
"""

from __future__ import annotations

import json
from typing import Final

from mcp_servers.redaction import redacted
from sre_agent.aws_services.secrets import PARAMETER
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView
from sre_agent.settings import Settings

ENCRYPTED: Final = "SecureString"


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    path = f"/{installation.name}"
    parameters = await installation.pages(
        "ssm", "get_parameters_by_path", "Parameters", Path=path, Recursive=True, WithDecryption=False
    )
    plain = [one for one in parameters if one["Type"] != ENCRYPTED]
    as_secrets = referenced_parameters(installation.settings)
    faults: list[tuple[OpsState, str]] = []
    for one in plain:
        value = str(one["Value"])
        if one["Name"] in as_secrets:
            faults.append(("problem", f"{one['Name']} holds a secret of the settings in plain text."))
        elif redacted(value) != value:
            faults.append(("problem", f"{one['Name']} holds what looks like a secret in plain text."))
        else:
            faults.append(("warning", f"{one['Name']} is of type {one['Type']}; Terraform makes SecureStrings."))
    return OpsFinding.worst(
        faults,
        f"Parameters: {len(parameters)}, all of them encrypted.",
        figures={"parameters": len(parameters), "plain": len(plain)},
        remedy="Store it as a SecureString under the same name, and replace a secret that was there in plain text.",
    )


def referenced_parameters(settings: Settings) -> set[str]:
    """The names of parameters that any setting names in the place of a secret."""
    texts = json.dumps(settings.flat()).split('"')
    return {text.removeprefix(PARAMETER) for text in texts if text.startswith(PARAMETER)}


CHECK: Final = OpsCheck(
    "plain parameters", "weekly", "parameters of Systems Manager", look, ("ssm:GetParametersByPath",)
)
