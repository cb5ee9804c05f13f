"""What becomes of the requests at one backend, from facts alone: its image, its settings, what it needs and reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sre_lab.behaviour.accounts import access_denial
from sre_lab.behaviour.kubelet.process import profile_of, running_processes
from sre_lab.instrumentation import identity
from sre_lab.instrumentation.demand import DependencyDemand, needed_dependencies
from sre_lab.instrumentation.endpoints import PodBackend
from sre_lab.instrumentation.failure import FailureModes, RequestFailure, one_after_the_other, total, tried_again
from sre_lab.instrumentation.load import ContainerLoad, overload, slowness
from sre_lab.instrumentation.network.routes import to_dependency
from sre_lab.objects.store import Obj
from sre_lab.scenario import Dependency, ImageProfile, Traffic
from sre_lab.world import World

RETRIES_FACTOR = 4.0  # a throttled call is retried with back-off by every SDK
THROTTLED = (
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was "
    "exceeded. Consider increasing your provisioning level with the UpdateTable API."
)
TOO_MANY = {
    "rds": "FATAL: sorry, too many clients already (SQLSTATE 53300)",
    "elasticache": "ERR max number of clients reached",
}
NO_SPACE = "ERROR: could not extend file: No space left on device (SQLSTATE 53100)"


@dataclass(frozen=True)
class BackendOutcome:
    """How the requests to one backend end: shares that fail, and the mean latency of the others."""

    failures: list[RequestFailure] = field(default_factory=list)
    latency_ms: float = 0.0

    @property
    def share(self) -> float:
        return total(self.failures)


# how a backend's calls may fail, one by one, and take together
Calls = Callable[[PodBackend], tuple[list[FailureModes], float]]


def at_backend(
    world: World,
    backend: PodBackend,
    traffic: Traffic,
    load: ContainerLoad,
    demand: DependencyDemand,
    calls: Calls | None,
) -> BackendOutcome:
    """How the requests to this backend end. It has a container: one that has none was never reached."""
    container = backend.container
    if container is None:
        return BackendOutcome([RequestFailure(1.0, "connection refused")])
    profile = profile_of(world, container.get("image", ""))
    if profile.answers and traffic.service not in profile.answers:
        return BackendOutcome([RequestFailure(1.0, "404 page not found", code=404)])
    use = load.use(backend.pod, container, profile)
    latency = traffic.latency_ms * slowness(use)
    steps = [[failure] for failure in _own(world, backend.pod, container, profile)]
    if (late := overload(use, traffic.timeout_ms)) is not None:
        steps.append([late])
    for dependency in needed_dependencies(world, traffic):
        failure = _at_dependency(world, backend.pod, container, dependency, traffic, demand)
        if failure is not None:
            steps.append(tried_again([failure], traffic.retries))
        latency += dependency.latency_ms
    if calls is not None and traffic.calls:
        call_steps, call_time = calls(backend)
        steps += call_steps
        latency += call_time
    return BackendOutcome(one_after_the_other(steps), latency)


def _own(world: World, pod: Obj, container: Obj, profile: ImageProfile) -> Iterator[RequestFailure]:
    """What the program itself gets wrong."""
    if not profile.serves:
        yield RequestFailure(1.0, profile.fails_with)
    if profile.failing_share:
        yield RequestFailure(profile.failing_share, profile.fails_with)
    process = running_processes(world).get((pod["metadata"]["namespace"], pod["metadata"]["name"], container["name"]))
    for setting in profile.settings if process is not None else ():
        value = process.environment.get(setting.env, "") if process is not None else ""
        if value not in setting.accepts:
            yield RequestFailure(setting.share, setting.error.replace("{value}", value), value, setting.waits_ms)
    for call in profile.api_calls:
        if call.share and (text := access_denial(world, pod, call.verb, call.resource, call.namespace)):
            yield RequestFailure(call.share, text)


def _at_dependency(
    world: World, pod: Obj, container: Obj, dependency: Dependency, traffic: Traffic, demand: DependencyDemand
) -> RequestFailure | None:
    about = dependency.address or dependency.name
    problem = to_dependency(world, pod, dependency, traffic.timeout_ms)
    problem = problem or identity.refusal(world, pod, container, dependency)
    if problem is not None:
        return problem
    table = demand.tables.get(dependency.name)
    if table is not None and table.throttled:
        return RequestFailure(table.throttled, THROTTLED, about, traffic.latency_ms * RETRIES_FACTOR)
    connections = demand.connections.get(dependency.name)
    if connections is not None and connections.refusal_rate:
        return RequestFailure(connections.refusal_rate, TOO_MANY.get(dependency.kind, "too many connections"), about)
    if dependency.kind == "rds" and dependency.storage_used >= 1.0:
        return RequestFailure(1.0, NO_SPACE, about)
    return None
