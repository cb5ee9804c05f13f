"""How recorded containers go on once their workload moves again.

A recording shows symptoms. Each image of the workload gets the behaviour that would show the same ones, and keeps it:
an image that is not found stays so, a crash repeats, a container that ran out of memory does so again below the same
limit. Another image, a higher limit, the variable that the log asked for, another command or probe ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.scenario import ImageProfile, LogLine, MemoryProfile, ProbeProfile, ProcessExit
from sre_lab.timeshift import STAMP
from sre_lab.world import World

PULL_FAILURES = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
START_FAILURES = ("StartError", "ContainerCannotRun", "RunContainerError")
NO_COMMAND = (126, 127)  # what a shell ends with where it cannot run the command, or finds none of that name
SHORTEST_RUN = 0.5
LONGEST_RUN = 600.0
KEPT_LINES = 40
OVER_LIMIT = 1.1  # how far above the recorded limit the need for memory is taken to be
MISSING_VARIABLE = (
    re.compile(r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b[\"'`]?\s+(?:is\s+|was\s+)?(?:not\s+set|required|missing|unset|empty)"),
    re.compile(r"(?i:missing|required|undefined|unset|not set)[^\n]{0,40}?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b"),
    re.compile(r"KeyError:\s*[\"']([A-Z][A-Z0-9_]+)[\"']"),
)
STATUS_CODE = re.compile(r"statuscode: (\d{3})")


@dataclass
class RecordedContainer:
    """One container of the recording: what was asked for and what was seen."""

    pod: Obj
    spec: Obj
    status: Obj
    log: list[str] = field(default_factory=list)

    @property
    def image(self) -> str:
        return str(self.spec.get("image", ""))

    @property
    def state(self) -> Obj:
        return self.status.get("state") or {}

    def waiting_state(self) -> Obj:
        return self.state.get("waiting") or {}

    def last_termination(self) -> Obj:
        """The end that is on record: the present state's, else the last one's."""
        return self.state.get("terminated") or (self.status.get("lastState") or {}).get("terminated") or {}

    def is_well(self) -> bool:
        return "running" in self.state and bool(self.status.get("ready"))


def take_behaviour(world: World, recording: list[Obj]) -> None:
    """Give every image of these objects a profile in `world.images`, and end a failure when its cause changes."""
    containers = [one for obj in recording if obj["kind"] == "Pod" for one in _containers(world, obj)]
    by_image = profiles(world, containers)
    for obj in recording:
        for spec in _template_containers(obj):
            by_image.setdefault(spec.get("image", ""), ImageProfile())
    for image, profile in by_image.items():
        world.images.setdefault(image, profile)
    _follow_fixes(world, containers)


def profiles(world: World, containers: list[RecordedContainer]) -> dict[str, ImageProfile]:
    """A profile for each image; where its containers fared differently, the failure counts."""
    by_image: dict[str, ImageProfile] = {}
    for one in sorted(containers, key=lambda c: c.is_well() and not c.status.get("restartCount")):
        by_image.setdefault(one.image, profile(world, one))
    return by_image


def profile(world: World, one: RecordedContainer) -> ImageProfile:
    """The behaviour that explains what was recorded of this container."""
    reason, message = one.waiting_state().get("reason", ""), one.waiting_state().get("message", "")
    termination, limit = one.last_termination(), _limit(one)
    if reason in PULL_FAILURES:
        return ImageProfile(pull=_pull(message))
    if reason in START_FAILURES or termination.get("reason") in START_FAILURES:
        return ImageProfile(start_error=termination.get("message") or message or "failed to create containerd task")
    if termination.get("reason") == "OOMKilled" and limit is not None:
        return ImageProfile(memory=_memory(one, limit), log=_lines(one))
    if any("probe, will be restarted" in text for text in _about(world, one, "Killing")) or not termination:
        probes = {} if one.is_well() else _failing_probes(world, one)
        return ImageProfile(probes=probes, log=_lines(one)) if probes else ImageProfile()
    return ImageProfile(exits=[_exit(one)]) if _keeps_ending(one) else ImageProfile()


def _containers(world: World, pod: Obj) -> Iterator[RecordedContainer]:
    status, meta = pod.get("status") or {}, pod["metadata"]
    for kind in ("initContainers", "containers"):
        statuses = {s["name"]: s for s in status.get(kind.replace("ainers", "ainerStatuses")) or []}
        for spec in pod["spec"].get(kind) or []:
            yield RecordedContainer(pod, spec, statuses.get(spec["name"], {}), _log(world, meta, spec["name"]))


def _log(world: World, meta: Obj, container: str) -> list[str]:
    """The last lines of the present run, or of the one before where that is all there is."""
    for previous in (False, True):
        run = world.containers.run(meta.get("namespace", ""), meta["name"], container, previous=previous)
        if run is not None and run.lines:
            return [_timeless(line) for _, line in run.lines[-KEPT_LINES:]]
    return []


def _timeless(line: str) -> str:
    """The line as a profile has it: the time at its start is that of each writing."""
    match = STAMP.match(line)
    return line if match is None else "{time}" + line[match.end() :]


def _template_containers(obj: Obj) -> list[Obj]:
    spec = (obj.get("spec") or {}).get("template", {}).get("spec") or {}
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def _pull(message: str) -> Literal["not_found", "unauthorized", "registry_down"]:
    text = message.lower()
    if any(word in text for word in ("unauthorized", "authorization", "denied", "forbidden", "credential")):
        return "unauthorized"
    if any(word in text for word in ("i/o timeout", "no such host", "connection refused", "tls", "unavailable")):
        return "registry_down"
    return "not_found"


def _keeps_ending(one: RecordedContainer) -> bool:
    """A failure, or a run to completion of something that is meant to end."""
    return bool(one.last_termination().get("exitCode")) or one.pod["spec"].get("restartPolicy", "Always") != "Always"


def _exit(one: RecordedContainer) -> ProcessExit:
    return ProcessExit(
        after=_duration(one.last_termination()),
        code=int(one.last_termination().get("exitCode", 1)),
        unless_env=_missing_variable(one),
        log=one.log,
    )


def _memory(one: RecordedContainer, limit: float) -> MemoryProfile:
    """Crosses the recorded limit when the recorded run ended."""
    start, peak = 0.5 * limit, OVER_LIMIT * limit
    over = _duration(one.last_termination()) * (peak - start) / (limit - start)
    return MemoryProfile(start=str(int(start)), peak=str(int(peak)), over=over)


def _limit(one: RecordedContainer) -> float | None:
    text = ((one.spec.get("resources") or {}).get("limits") or {}).get("memory")
    return float(parse(text)) if text else None


def _duration(termination: Obj) -> float:
    if not termination.get("startedAt") or not termination.get("finishedAt"):
        return 1.0
    return min(
        LONGEST_RUN, max(SHORTEST_RUN, from_rfc3339(termination["finishedAt"]) - from_rfc3339(termination["startedAt"]))
    )


def _missing_variable(one: RecordedContainer) -> str:
    """The environment variable that the log says is missing, if it is."""
    has = {
        variable["name"] for variable in one.spec.get("env") or [] if variable.get("value") or "valueFrom" in variable
    }
    for line in reversed(one.log):
        for pattern in MISSING_VARIABLE:
            match = pattern.search(line)
            if match and match[1] not in has:
                return match[1]
    return ""


def _lines(one: RecordedContainer) -> list[LogLine]:
    return [LogLine(at=0.1, line=line) for line in one.log]


def _about(world: World, one: RecordedContainer, reason: str) -> list[str]:
    """Messages of recorded events about this container."""
    meta, name = one.pod["metadata"], one.spec["name"]
    messages = []
    for event in world.objects.all("Event", meta.get("namespace", "")):
        involved_object = event.get("involvedObject") or {}
        same = involved_object.get("kind") == "Pod" and involved_object.get("name") == meta["name"]
        if (
            same
            and event.get("reason") == reason
            and involved_object.get("fieldPath", f"{{{name}}}").endswith(f"{{{name}}}")
        ):
            messages.append(str(event.get("message", "")))
    return messages


def _failing_probes(world: World, one: RecordedContainer) -> dict[str, list[ProbeProfile]]:
    """What the container's probes meet: the recorded answer, or 503 where it is just not ready."""
    steps: dict[str, list[ProbeProfile]] = {}
    for message in _about(world, one, "Unhealthy"):
        kind = message.partition(" ")[0].lower()
        if probe := one.spec.get(f"{kind}Probe"):
            code = STATUS_CODE.search(message)
            steps[_probe_key(probe)] = [ProbeProfile(status=int(code[1]) if code else None)]
    readiness = one.spec.get("readinessProbe")
    if not steps and readiness and "running" in one.state:
        steps[_probe_key(readiness)] = [ProbeProfile(status=503)]
    return steps


def _probe_key(probe: Obj) -> str:
    if "httpGet" in probe:
        path = str(probe["httpGet"].get("path") or "/")
        return path if path.startswith("/") else f"/{path}"
    if "tcpSocket" in probe:
        return str(probe["tcpSocket"]["port"])
    if "grpc" in probe:
        return str(probe["grpc"].get("service") or probe["grpc"]["port"])
    return " ".join((probe.get("exec") or {}).get("command") or [])


def _follow_fixes(world: World, containers: list[RecordedContainer]) -> None:
    """Two causes lie in the pod's spec, where a profile does not see them: the command, and a limit unknown so far."""
    commands = {one.image: _command(one.spec) for one in containers if _has_wrong_command(world, one)}
    limits = {
        one.image for one in containers if one.last_termination().get("reason") == "OOMKilled" and _limit(one) is None
    }

    def react(change: ObjectChange) -> None:
        if change.type != "ADDED" or change.object["kind"] != "Pod":
            return
        spec = change.object["spec"]
        for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
            image = container.get("image", "")
            if image in commands and _command(container) != commands[image]:
                del commands[image]
                world.images[image] = ImageProfile()
            if image in limits and ((container.get("resources") or {}).get("limits") or {}).get("memory"):
                limits.remove(image)
                world.images[image] = ImageProfile()

    if commands or limits:
        world.objects.subscribe(react)


def _has_wrong_command(world: World, one: RecordedContainer) -> bool:
    return bool(profile(world, one).start_error) or one.last_termination().get("exitCode") in NO_COMMAND


def _command(spec: Obj) -> tuple[object, object]:
    return spec.get("command"), spec.get("args")
