"""Where a reference of a running execution finds its value."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sre_lab.aws.ssm.actions import StepFailure
from sre_lab.aws.ssm.execution import Execution
from sre_lab.aws.ssm.interpolation import Lookup, UnknownReferenceError, references, render
from sre_lab.aws.ssm.state import Call
from sre_lab.world import World

STORED = "ssm:"  # a parameter of Parameter Store
PART = re.compile(r"\.([\w-]+)|\[(-?\d+)\]")


class Variables:
    """Parameters, outputs of finished steps, variables, Parameter Store, and what the system provides.

    `own` and `outer` are for the steps of a loop: what the loop adds, and what its document knows.
    """

    def __init__(
        self,
        world: World,
        execution: Execution,
        call: Call,
        *,
        own: dict[str, Any] | None = None,
        outer: Lookup | None = None,
    ) -> None:
        self._world = world
        self._execution = execution
        self._call = call
        self._own = own or {}
        self._outer = outer

    def __call__(self, name: str) -> Any:
        """The value of one reference; UnknownReferenceError says what could have been meant."""
        if name.startswith(STORED):
            return self._from_store(name.removeprefix(STORED))
        values = self._values()
        for base, parts in _readings(name):
            if base in values:
                value = self._complete(values[base])
                for part in parts:
                    value = _inside(value, part, name)
                return value
        if self._outer:
            return self._outer(name)
        raise UnknownReferenceError(f"{{{{ {name} }}}} has no value here. Known: {', '.join(sorted(values))}.")

    def _values(self) -> dict[str, Any]:
        execution = self._execution
        variables = {f"variable:{name}": value for name, value in execution.variables.items()}
        return self._system() | variables | execution.outputs() | execution.parameters | self._own

    def _complete(self, value: Any) -> Any:
        """A default may itself refer to Parameter Store."""
        has_references = any(reference.startswith(STORED) for reference in references(value))
        return render(value, self) if has_references else value

    def _from_store(self, name: str) -> Any:
        try:
            parameter = (
                self._call("ssm", "GetParameter", {"Name": name, "WithDecryption": False}).get("Parameter") or {}
            )
        except StepFailure as problem:
            raise UnknownReferenceError(f"{{{{ {STORED}{name} }}}} has no value: {problem}") from problem
        text = str(parameter.get("Value", ""))
        return text.split(",") if parameter.get("Type") == "StringList" else text

    def _system(self) -> dict[str, str]:
        now = datetime.fromtimestamp(self._world.clock.now(), UTC)
        started = datetime.fromtimestamp(self._execution.started, UTC)
        return {
            "global:ACCOUNT_ID": self._world.cluster.account,
            "global:DATE": now.strftime("%Y-%m-%d"),
            "global:DATE_TIME": now.strftime("%Y-%m-%d_%H.%M.%S"),
            "global:REGION": self._world.cluster.region,
            "automation:EXECUTION_ID": self._execution.id,
            "automation:EXECUTION_START_TIME": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _readings(name: str) -> list[tuple[str, list[str]]]:
    """`a.b.c[0]` as a name with parts inside of its value: the longest name first."""
    cuts = [match.start() for match in PART.finditer(name)]
    readings: list[tuple[str, list[str]]] = [(name, [])]
    for cut in reversed(cuts):
        if "".join(m[0] for m in PART.finditer(name, cut)) == name[cut:]:
            readings.append((name[:cut], [m[1] or m[2] for m in PART.finditer(name, cut)]))
    return readings


def _inside(value: Any, part: str, name: str) -> Any:
    if isinstance(value, dict) and part in value:
        return value[part]
    if isinstance(value, list) and part.lstrip("-").isdigit() and -len(value) <= int(part) < len(value):
        return value[int(part)]
    raise UnknownReferenceError(f"{{{{ {name} }}}} has no value: there is no {part!r} in {value!r}.")
