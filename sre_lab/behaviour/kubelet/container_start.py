"""The way from a container's spec to a running process, and everything that can stop it on the way.

Each function is a generator that yields the seconds that pass and returns whether it succeeded; a failure leaves its
reason in `container.waiting_reason`, which the next sync shows.
"""

from __future__ import annotations

from sre_lab.behaviour.kubelet.backoff import Backoff, go_duration
from sre_lab.behaviour.kubelet.configuration import MissingError, environment
from sre_lab.behaviour.kubelet.containers import KubeletContainer, TerminatedRun, new_container_id
from sre_lab.behaviour.kubelet.credentials import pull_passwords
from sre_lab.behaviour.kubelet.pod_state import PodState
from sre_lab.behaviour.kubelet.process import profile_of
from sre_lab.behaviour.kubelet.registry import canonical, image_id, image_size, malformed_reason, pull_of
from sre_lab.behaviour.kubelet.sync_loop import Steps
from sre_lab.objects.store import Obj

CREATE_SECONDS = 0.02
START_SECONDS = 0.1
DNS_TIMEOUT_SECONDS = 20.0
CLUSTER_DNS = "10.96.0.10:53"


def start(worker: PodState, container: KubeletContainer, last_end: float | None) -> Steps:
    """Start it unless the back-off since `last_end` (the end of its run before, if any) holds."""
    if _backs_off(worker, container, last_end):
        return False
    if not (yield from _pull(worker, container)):
        return False
    try:
        variables = environment(worker.world, _with_addresses(worker), container.spec)
    except MissingError as missing:
        container.waiting_reason = ("CreateContainerConfigError", str(missing))
        worker.event("Warning", "Failed", f"Error: {missing}", container)
        return False
    yield CREATE_SECONDS
    container.runs += 1
    container.container_id = new_container_id(worker.world)
    container.image_id = image_id(container.image)
    worker.event("Normal", "Created", f"Created container: {container.name}", container)
    yield START_SECONDS
    problem = profile_of(worker.world, container.image).start_error
    if problem:
        container.waiting_reason = ("RunContainerError", problem)
        now = worker.world.clock.now()
        container.add_end(TerminatedRun(128, "StartError", 0.0, now, container.container_id, problem))
        worker.event("Warning", "Failed", f"Error: {problem}", container)
        worker.pace.notice()
        return False
    worker.event("Normal", "Started", f"Started container {container.name}", container)
    worker.begin(container, variables)
    return True


def _with_addresses(worker: PodState) -> Obj:
    """The pod as its containers may see it: its address is known before it is published."""
    pod = worker.pod()
    addresses = {"podIP": worker.pod_ip, "podIPs": [{"ip": worker.pod_ip}], "hostIP": worker.node.ip}
    return {**pod, "status": {**(pod.get("status") or {}), **addresses, "hostIPs": [{"ip": worker.node.ip}]}}


def _backs_off(worker: PodState, container: KubeletContainer, last_end: float | None) -> bool:
    if last_end is None:
        return False
    now = worker.world.clock.now()
    if not container.backoff.holds_since(last_end, now):
        container.backoff.step(last_end, now)
        return False
    pod = f"{worker.name}_{worker.namespace}({worker.uid})"
    container.waiting_reason = (
        "CrashLoopBackOff",
        f"back-off {go_duration(container.backoff.delay)} restarting failed container={container.name} pod={pod}",
    )
    worker.event("Warning", "BackOff", f"Back-off restarting failed container {container.name} in pod {pod}", container)
    return True


def _pull(worker: PodState, container: KubeletContainer) -> Steps:
    image = container.image
    if wrong := malformed_reason(image):
        message = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {wrong}'
        container.waiting_reason = ("InvalidImageName", message)
        worker.event("Warning", "InspectFailed", message, container)
        worker.event("Warning", "Failed", "Error: InvalidImageName", container)
        return False
    policy = container.spec.get("imagePullPolicy") or ("Always" if canonical(image).endswith(":latest") else "")
    present = image in worker.node.images
    if present and policy != "Always":
        worker.event("Normal", "Pulled", f'Container image "{image}" already present on machine', container)
        return True
    if policy == "Never":
        message = f'Container image "{image}" is not present with pull policy of Never'
        container.waiting_reason = ("ErrImageNeverPull", message)
        worker.event("Warning", "ErrImageNeverPull", message, container)
        worker.event("Warning", "Failed", "Error: ErrImageNeverPull", container)
        return False
    backoff, cause = worker.pulls.get(image, (Backoff(), ""))
    if backoff.holds(worker.world.clock.now()):
        message = f'Back-off pulling image "{image}"'
        container.waiting_reason = ("ImagePullBackOff", f"{message}: ErrImagePull: {cause}")
        worker.event("Normal", "BackOff", message, container)
        worker.event("Warning", "Failed", "Error: ImagePullBackOff", container)
        return False
    worker.event("Normal", "Pulling", f'Pulling image "{image}"', container)
    waits, duration = worker.node.queue_pull(image, lambda here: _pull_seconds(worker, image, here))
    yield waits + duration
    return _finish_pull(worker, container, backoff, duration, waits)


def _pull_seconds(worker: PodState, image: str, present: bool) -> float:
    outcome, profile = pull_of(worker.world, image), profile_of(worker.world, image)
    if outcome == "registry_down":
        return DNS_TIMEOUT_SECONDS
    if outcome != "ok" or present:  # the registry answers at once, or there is nothing to fetch
        return min(0.1, profile.pull_takes)
    return profile.pull_takes * (0.9 + worker.world.random.random() * 0.2)


def _finish_pull(worker: PodState, container: KubeletContainer, backoff: Backoff, seconds: float, wait: float) -> bool:
    image, now = container.image, worker.world.clock.now()
    cause = _pull_problem(worker, image)
    if cause:
        backoff.step(now, now)
        worker.pulls[image] = (backoff, cause)
        container.waiting_reason = ("ErrImagePull", cause)
        worker.event("Warning", "Failed", f'Failed to pull image "{image}": {cause}', container)
        worker.event("Warning", "Failed", "Error: ErrImagePull", container)
        return False
    pull_time, whole = go_duration(seconds), go_duration(seconds + wait)
    worker.node.images.add(image)
    size = f"Image size: {image_size(image)} bytes."
    message = f'Successfully pulled image "{image}" in {pull_time} ({whole} including waiting). {size}'
    worker.event("Normal", "Pulled", message, container)
    return True


def _pull_problem(worker: PodState, image: str) -> str:
    """What the runtime says; only an answer of the registry carries the rpc prefix."""
    profile, name = profile_of(worker.world, image), canonical(image)
    outcome = pull_of(worker.world, image)
    if profile.pull_password not in ("", *pull_passwords(worker.world, worker.pod(), name.partition("/")[0])):
        outcome = "unauthorized"
    if outcome == "ok":
        return ""
    resolving = f'failed to pull and unpack image "{name}": failed to resolve reference "{name}": '
    if outcome == "not_found":
        return f"rpc error: code = NotFound desc = {resolving}{name}: not found"
    if outcome == "unauthorized":
        reason = "pull access denied, repository does not exist or may require authorization"
        return f"{resolving}{reason}: server message: insufficient_scope: authorization failed"
    host, _, path = name.partition("/")
    repository, _, tag = path.rpartition(":")
    port = worker.world.random.randint(32768, 60999)
    lookup = f"lookup {host} on {CLUSTER_DNS}: read udp {worker.node.ip}:{port}->{CLUSTER_DNS}: i/o timeout"
    return f'{resolving}failed to do request: Head "https://{host}/v2/{repository}/manifests/{tag}": dial tcp: {lookup}'
