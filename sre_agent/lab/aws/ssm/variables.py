"""Where a reference of a running execution finds its value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sre_agent.lab.aws.ssm.execution import Execution
from sre_agent.lab.aws.ssm.interpolation import UnknownReferenceError
from sre_agent.lab.world import World


class Variables:
    """Parameters, outputs of finished steps, and what the system provides (`global:`, `automation:`)."""

    def __init__(self, world: World, execution: Execution) -> None:
        self._world = world
        self._execution = execution

    def __call__(self, name: str) -> Any:
        """The value of one reference; UnknownReferenceError says what could have been meant."""
        if name in self._execution.parameters:
            return self._execution.parameters[name]
        outputs = self._execution.outputs()
        if name in outputs:
            return outputs[name]
        system = self._system()
        if name in system:
            return system[name]
        known = sorted([*self._execution.parameters, *outputs, *system])
        raise UnknownReferenceError(f"{{{{ {name} }}}} has no value here. Known: {', '.join(known)}.")

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
