"""From a plan to a runtime that is ready, or to the reason why it is not.

Each step can be done again: a run that was killed, or gave up waiting, is continued by the next one, which finds the
runtime by its name and the state that AWS has brought it to meanwhile.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sre_agent.clock import Clock
from sre_agent.deployment.agentcore.account import DeploymentAccount
from sre_agent.deployment.agentcore.control_plane import READY, DeployedEndpoint, DeployedRuntime, RuntimeControlPlane
from sre_agent.deployment.agentcore.plan import DeploymentPlan, failure, make_plan
from sre_agent.deployment.agentcore.specification import DEFAULT_ENDPOINT, RuntimeSpec
from sre_agent.errors import BadInputError, PermanentError, TemporaryError

FIRST_PAUSE: Final = 2.0  # seconds between two looks, growing
LONGEST_PAUSE: Final = 15.0
GROWTH: Final = 1.5


S = TypeVar("S", DeployedRuntime, DeployedEndpoint)


@dataclass(frozen=True)
class ReadyRuntime:
    """`plan` is what was done; empty changes: nothing."""

    plan: DeploymentPlan
    runtime: DeployedRuntime

    @property
    def arn(self) -> str:
        """What is invoked: the runtime, or its endpoint where one is named."""
        endpoint = self.plan.spec.endpoint
        return self.runtime.arn if endpoint == DEFAULT_ENDPOINT else f"{self.runtime.arn}/runtime-endpoint/{endpoint}"


class RuntimeRollout:
    """One deployment; `deadline` is when it stops waiting. `show` is given the plan before anything is done, and `tell`
    in sentences how far it is."""

    def __init__(
        self,
        account: DeploymentAccount,
        spec: RuntimeSpec,
        clock: Clock,
        deadline: datetime,
        show: Callable[[DeploymentPlan], None],
        tell: Callable[[str], None],
    ) -> None:
        self._account, self._control, self._spec = account, RuntimeControlPlane(account), spec
        self._clock, self._deadline = clock, deadline
        self._show, self._tell = show, tell

    async def run(self) -> ReadyRuntime:
        """Raises PermanentError with AWS's reason where the runtime or its endpoint fails, BadInputError for what
        stands in its way, TemporaryError at the deadline, and what `DeploymentAccount.ask` raises."""
        present = await asyncio.to_thread(self._control.runtime_named, self._spec.name)
        if present is not None and present.is_under_way:
            self._tell(f"The runtime {self._spec.name} is {present.status}; waiting for that first.")
            await self._wait_for_runtime(present.id)
        plan = await asyncio.to_thread(make_plan, self._account, self._spec)
        if plan.unmet:
            raise BadInputError(f"{self._spec.name} cannot be deployed. " + " ".join(map(str, plan.unmet)))
        self._show(plan)
        runtime = await self._apply(plan)
        if plan.tags and plan.present is not None:
            await asyncio.to_thread(self._control.tag, runtime.arn, self._spec.tags)
        await self._move(plan, runtime)
        return ReadyRuntime(plan, runtime)

    async def _apply(self, plan: DeploymentPlan) -> DeployedRuntime:
        if plan.present is not None and not plan.changes:
            return plan.present
        name, token = self._spec.name, str(uuid.uuid4())
        if plan.present is None:
            self._tell(f"Creating the runtime {name}.")
            create = self._control.create
            runtime_id = await asyncio.to_thread(create, name, plan.configuration, self._spec.tags, token)
        else:
            runtime_id = plan.present.id
            self._tell(f"Updating the runtime {name} from version {plan.present.version}.")
            await asyncio.to_thread(self._control.update, runtime_id, plan.configuration, token)
        runtime = await self._wait_for_runtime(runtime_id)
        if runtime is None:
            raise TemporaryError(f"The runtime {name} was deleted meanwhile: run it again.")
        if runtime.status != READY:
            raise PermanentError(failure(runtime))
        self._tell(f"The runtime {name} is {READY}, version {runtime.version}.")
        return runtime

    async def _move(self, plan: DeploymentPlan, runtime: DeployedRuntime) -> None:
        """The endpoint shows the runtime's version when this returns."""
        name, control = self._spec.endpoint, self._control
        endpoint = await asyncio.to_thread(control.endpoint, runtime.id, name)
        is_moving = (
            endpoint is not None and endpoint.target == runtime.version and endpoint.is_under_way(runtime.version)
        )
        if name != DEFAULT_ENDPOINT and not is_moving and not (endpoint and endpoint.shows(runtime.version)):
            self._tell(f"Moving the endpoint {name} to version {runtime.version}.")
            token = str(uuid.uuid4())
            if endpoint is None:
                tags = self._spec.tags
                await asyncio.to_thread(control.create_endpoint, runtime.id, name, runtime.version, tags, token)
            else:
                await asyncio.to_thread(control.update_endpoint, runtime.id, name, runtime.version, token)
        endpoint = await self._wait(
            f"endpoint {name}",
            lambda: control.endpoint(runtime.id, name),
            lambda one: one.is_under_way(runtime.version),
        )
        if endpoint is None or endpoint.status != READY:
            state = "not there" if endpoint is None else f"{endpoint.status}: {endpoint.reason or 'AWS says no more'}"
            live = f" It still shows version {endpoint.live}." if endpoint is not None and endpoint.live else ""
            raise PermanentError(f"The endpoint {name} of {runtime.name} is {state}.{live} Deploy again to move it.")

    async def _wait_for_runtime(self, runtime_id: str) -> DeployedRuntime | None:
        return await self._wait(
            f"runtime {self._spec.name}", lambda: self._control.runtime(runtime_id), lambda one: one.is_under_way
        )

    async def _wait(self, what: str, look: Callable[[], S | None], is_under_way: Callable[[S], bool]) -> S | None:
        """What it is when nothing is under way any more; None when it is gone."""
        pause = FIRST_PAUSE
        while True:
            state = await asyncio.to_thread(look)
            if state is None or not is_under_way(state):
                return state
            now = self._clock.now()
            if now >= self._deadline:
                raise TemporaryError(
                    f"The {what} is still {state.status}. AWS goes on with it: run the same again to wait on, with a"
                    " larger --wait-seconds if need be."
                )
            await self._clock.sleep_until(min(self._deadline, now + timedelta(seconds=pause)))
            pause = min(pause * GROWTH, LONGEST_PAUSE)
