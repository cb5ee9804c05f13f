"""The runtimes of one account: what each is configured to be, and which state it is in."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.state import Call
from sre_lab.clock import Seconds, rfc3339
from sre_lab.world import World

MAKING_SECONDS: Final = 20.0  # until a new runtime is ready; AWS takes ten seconds to a few minutes
MOVING_SECONDS: Final = 5.0  # until an endpoint shows another version
LETTERS: Final = string.ascii_letters + string.digits
SUFFIX: Final = 10  # characters that AWS adds to a name
DEFAULT: Final = "DEFAULT"  # the endpoint that every runtime has; it follows the newest version


@dataclass
class LifecycleState:
    """The state of a runtime or an endpoint."""

    made_at: Seconds
    changed_at: Seconds
    status: str = ""
    reason: str = ""

    def begin(self, world: World, verb: str, seconds: Seconds, failure: str, then: Callable[[], None]) -> None:
        """`verb` is CREATE or UPDATE; after so many seconds it is READY, or has failed for that reason."""
        self.changed_at, self.reason = world.clock.now(), ""
        self.status = f"{verb.removesuffix('E')}ING"

        def end() -> None:
            self.changed_at = world.clock.now()
            self.status, self.reason = (f"{verb}_FAILED", failure) if failure else ("READY", "")
            then()

        world.clock.after(seconds, end)

    def times(self) -> dict[str, Any]:
        reason = {"failureReason": self.reason} if self.reason else {}
        times = {"createdAt": rfc3339(self.made_at), "lastUpdatedAt": rfc3339(self.changed_at)}
        return {"status": self.status, **times, **reason}


@dataclass
class RuntimeEndpoint:
    name: str
    state: LifecycleState
    target: int
    live: int = 0
    description: str = ""


@dataclass
class RuntimeRecord:
    """`configuration` is in the form of UpdateAgentRuntime; `version` counts what it was."""

    id: str
    name: str
    arn: str
    configuration: dict[str, Any]
    state: LifecycleState
    version: int = 1
    endpoints: dict[str, RuntimeEndpoint] = field(default_factory=dict)


@dataclass
class AgentCoreAccount:
    """`denied` has the operations that the caller has no right to, `broken` the reasons for which the next ones of a
    runtime fail, by its name."""

    runtimes: dict[str, RuntimeRecord] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by operation and client token
    denied: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    call: Call | None = None

    def named(self, name: str) -> RuntimeRecord | None:
        return next((one for one in self.runtimes.values() if one.name == name), None)

    def runtime(self, runtime_id: str) -> RuntimeRecord:
        if runtime_id not in self.runtimes:
            raise AwsError("ResourceNotFoundException", f"Agent runtime {runtime_id} was not found.", status=404)
        return self.runtimes[runtime_id]


ACCOUNTS: PerWorld[AgentCoreAccount] = PerWorld(AgentCoreAccount)


def connect(world: World, call: Call) -> None:
    """Let the service look into IAM and ECR: `call("iam", api, parameters)`."""
    ACCOUNTS.of(world).call = call


def deny(world: World, *operations: str) -> None:
    """From now on the caller has no right to these."""
    ACCOUNTS.of(world).denied.update(operations)


def break_next(world: World, name: str, reason: str) -> None:
    """What this runtime is next made or changed to fails, for a reason that shows only then."""
    ACCOUNTS.of(world).broken[name] = reason


def new_suffix(world: World) -> str:
    return "".join(world.random.choice(LETTERS) for _ in range(SUFFIX))


def new_state(world: World) -> LifecycleState:
    return LifecycleState(world.clock.now(), world.clock.now())
