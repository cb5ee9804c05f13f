"""The environment of a runtime. Everybody who may read the runtime sees its variables, so none is a secret."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from mcp_servers.redaction import redacted, redacted_value
from sre_agent.aws_services.secrets import is_reference
from sre_agent.errors import BadInputError
from sre_agent.settings import PREFIX
from sre_agent.settings.root import AREA_OF

OF_SECRETS: Final = ("notify_secrets", "foreign_servers")  # settings whose values may be secrets; others hold none
HIDDEN: Final = "(hidden)"


def read_environment(file: Path | None, assignments: Iterable[str]) -> dict[str, str]:
    """The variables of a file with NAME=VALUE in each line, and those of `assignments` as NAME=VALUE, which win.

    Raises BadInputError for a line that is none, and for a secret.
    """
    lines = [] if file is None else _lines(file)
    variables: dict[str, str] = {}
    for line in [*lines, *(one for one in assignments if one)]:
        name, separator, value = line.partition("=")
        if not separator or not name.strip():
            raise BadInputError(f"{redacted(line)!r} is no variable: write NAME=VALUE.")
        variables[name.strip()] = value.strip()
    if secrets := [name for name, value in variables.items() if is_secret(name, value)]:
        raise BadInputError(
            f"{', '.join(secrets)} would put a secret into the environment, which everybody sees who may read the"
            " runtime. Put it into Secrets Manager or Parameter Store, and name it instead: secret:NAME,"
            " secret:NAME#FIELD or parameter:NAME."
        )
    return variables


def is_secret(name: str, value: str) -> bool:
    """Whether the value is a secret itself, and not the name of one."""
    setting = name.removeprefix(PREFIX).lower() if name.startswith(PREFIX) else ""
    if is_reference(value):
        return False
    if setting == OF_SECRETS[0]:
        return not all(is_reference(one) for one in _texts(value))
    if setting in AREA_OF and setting not in OF_SECRETS:  # `permit_secret` is the name of a secret, and may be seen
        return redacted(value) != value
    variable = {name: value}
    return bool(redacted_value(variable) != variable)


def without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """For people and logs: what an earlier hand put there may be secret."""
    return {name: HIDDEN if is_secret(name, value) else value for name, value in variables.items()}


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInputError(f"The file of the environment cannot be read: {problem}") from problem
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def _texts(value: str) -> list[str]:
    try:
        parsed = json.loads(value)
    except ValueError:
        return [value]
    return [str(one) for one in parsed.values()] if isinstance(parsed, dict) else [value]
