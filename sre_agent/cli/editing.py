"""New values for arguments of a write, as a person types them: ARGUMENT=VALUE."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sre_agent.cli import keyboard
from sre_agent.cli.printing import say
from sre_agent.errors import BadInputError

FORM: Final = "Write ARGUMENT=VALUE, as in replicas=4; an empty VALUE leaves the argument out."


def edit(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the person at the terminal changes, empty where nothing; None where they leave (Ctrl-C, Ctrl-D)."""
    for name, value in arguments.items():
        say(f"  {name}={_as_text(value)}", err=True)
    changed: dict[str, Any] = {}
    while True:
        line = keyboard.line("Change (ARGUMENT=VALUE, Enter: done) ")
        if not line:
            return None if line is None else changed
        try:
            changed |= changes_of([line], arguments)
        except BadInputError as problem:
            say(str(problem), err=True)


def changes_of(lines: Iterable[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The values by argument; None leaves one out. A text stays one, where the argument has a text now. Raises
    BadInputError."""
    changes: dict[str, Any] = {}
    for line in lines:
        name, equals, value = (part.strip() for part in line.partition("="))
        if not name or not equals:
            raise BadInputError(f"{line!r} changes no argument. {FORM}")
        changes[name] = None if not value else value if isinstance(arguments.get(name), str) else _read(value)
    return changes


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
