"""Settings out of Systems Manager's Parameter Store: a setting whose value is `parameter:NAME` has that parameter's.

They are read once, when a command begins. Secrets are not for here: settings are stored with incidents.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from sre_agent.errors import SettingsError

PREFIX: Final = "parameter:"
AT_ONCE: Final = 10  # names that GetParameters takes
REFERENCES: Final = ("token_secret", "git_token")  # which are read when they are needed, and again
WHERE: Final = ("state_endpoint_url", "state_region", "state_aws_profile")  # which cannot be parameters themselves


def with_parameters(*sources: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sources, the first of which wins, with every parameter's value in place of its name. Raises SettingsError."""
    names = {value.removeprefix(PREFIX) for one in sources for name, value in one.items() if _is_named(name, value)}
    if not names:
        return [dict(one) for one in sources]
    where = {name: next((str(one[name]) for one in sources if one.get(name)), "") for name in WHERE}
    values = _read(sorted(names), where)
    return [
        {name: values[value.removeprefix(PREFIX)] if _is_named(name, value) else value for name, value in one.items()}
        for one in sources
    ]


def _is_named(setting: str, value: Any) -> bool:
    return setting not in REFERENCES and isinstance(value, str) and value.startswith(PREFIX)


def _read(names: list[str], where: Mapping[str, str]) -> dict[str, str]:
    import boto3  # noqa: PLC0415 - only where a parameter is named
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    values: dict[str, str] = {}
    missing: list[str] = []
    try:
        region = where["state_region"] or os.environ.get("AWS_REGION") or None
        session = boto3.Session(profile_name=where["state_aws_profile"] or None, region_name=region)
        ssm = session.client("ssm", endpoint_url=where["state_endpoint_url"] or None)
        for start in range(0, len(names), AT_ONCE):
            answer = ssm.get_parameters(Names=names[start : start + AT_ONCE])
            values |= {one["Name"]: str(one["Value"]) for one in answer["Parameters"]}
            missing += answer["InvalidParameters"]
            secure = [one["Name"] for one in answer["Parameters"] if one["Type"] == "SecureString"]
            if secure:
                raise SettingsError(
                    f"{', '.join(secure)} is a SecureString: a setting is stored and shown, so it is none."
                )
    except (BotoCoreError, ClientError) as problem:
        error = getattr(problem, "response", {}).get("Error", {})
        why = error.get("Code") or type(problem).__name__
        raise SettingsError(
            f"The parameters {', '.join(names)} cannot be read ({why}): allow ssm:GetParameters."
        ) from problem
    if missing:
        raise SettingsError(f"There is no parameter {', '.join(missing)} in Parameter Store.")
    return values
