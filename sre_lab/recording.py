"""A recorded world as data (`sre-world/1`): objects, logs, metrics and refusals of a real incident, moved to now.

Nothing is derived from it on loading. Every workload stands still as it was recorded until somebody writes to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sre_lab.behaviour import controllers, frozen, kubelet, recorded_owners, recorded_references
from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes import quota
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.objects.store import Key, Obj
from sre_lab.recorded_logs import load_container_logs, load_log_groups
from sre_lab.scenario import ClusterSpec, ImageProfile
from sre_lab.timeshift import TimeShift, time_in
from sre_lab.world import RecordedRefusal, World, new_world

SCHEMA = "sre-world/1"
SEED = 1
MESSAGE = 600
PROMETHEUS = "prometheus"  # the metric namespace of recorded Prometheus series: labels are dimensions


class RecordingError(Exception):
    """The file is no recorded world; the message says what is missing or wrong, in at most 600 characters."""

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= MESSAGE else message[: MESSAGE - 1] + "…")


def read(raw: bytes) -> Any:
    """The JSON document in the bytes of a file. RecordingError where they hold none."""
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise RecordingError(f"The file is not valid JSON: {str(problem)[:200]}.") from problem


def load(world_json: dict[str, Any], folder: Path, *, now: float) -> World:
    """The recorded world as it stands at `now` (epoch seconds); files that it names are looked up from `folder`.

    RecordingError when the document is of another form or an object is not readable.
    """
    if not isinstance(world_json, dict):
        raise RecordingError("This is not a recorded world: the file has to hold one JSON object.")
    if world_json.get("schema") != SCHEMA:
        raise RecordingError(
            f"This is not a recorded world: `schema` is {world_json.get('schema')!r}, expected {SCHEMA!r}."
        )
    recorded_at = time_in(str(world_json.get("clock", "")))
    if recorded_at is None:
        raise RecordingError(f"The world's clock {world_json.get('clock')!r} is not an RFC 3339 time.")
    shift = TimeShift(now - recorded_at)
    world = new_world(ClusterSpec(nodes=0), now, SEED)
    with _reading("k8s"):
        cluster = _part(world_json, "k8s")
        _load_objects(world, cluster.get("objects") or [], shift)
        world.refusals.extend(
            RecordedRefusal(d["verb"], d["resource"], d["scope"], d["message"]) for d in cluster.get("deny") or []
        )
        load_container_logs(world, cluster.get("logs") or [], folder, shift)
    with _reading("cloudwatch"):
        telemetry = _part(world_json, "cloudwatch")
        load_log_groups(world, telemetry.get("log_groups") or [], folder, shift)
        _load_metrics(world, telemetry.get("metrics") or [], shift)
    with _reading("prometheus"):
        for answer in _as_list(world_json.get("prometheus")):
            _load_prometheus(world, answer, shift)
    with _reading("behaviours"):
        for image, behaviour in _part(world_json, "behaviours").items():
            world.images[image] = ImageProfile.model_validate(behaviour)
    with _reading("k8s"):
        recorded_owners.complete(world)
        recorded_references.complete(world)
        frozen.freeze(world)
        frozen.watch(world)
        controllers.start(world)
        kubelet.start(world)
    return world


def copy(objects: list[dict[str, Any]], *, now: float) -> World:
    """The objects of a live cluster as a world at `now`, in which everything moves: what Kubernetes decides is decided
    anew, and each container goes on as its status tells. Images are there unless their pull was seen to fail.

    RecordingError when an object is not readable.
    """
    world = new_world(ClusterSpec(nodes=0), now, SEED)
    with _reading("k8s"):
        _load_objects(world, objects, TimeShift(0.0))
        recorded_references.complete(world)
        quota.keep_usage_of_others(world)
        frozen.freeze(world)
        controllers.start(world)
        kubelet.start(world)
        frozen.thaw_all(world)
    return world


@contextmanager
def _reading(part: str) -> Iterator[None]:
    """Whatever shape a part of the document has: one that cannot be read is told as such, by name."""
    try:
        yield
    except FileNotFoundError as problem:
        raise RecordingError(str(problem)) from problem
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, OSError) as problem:
        what = f"{type(problem).__name__}: {problem}"[:300]
        raise RecordingError(f"The field {part!r} of the recorded world cannot be read ({what}).") from problem


def _part(world_json: dict[str, Any], name: str) -> dict[str, Any]:
    part = world_json.get(name) or {}
    if not isinstance(part, dict):
        raise RecordingError(f"The field {name!r} of the recorded world has to be an object.")
    return part


def _load_objects(world: World, objects: list[Obj], shift: TimeShift) -> None:
    loaded: list[Obj] = []
    for raw in objects:
        obj = shift.value(raw)
        if not obj.get("kind") or not (obj.get("metadata") or {}).get("name"):
            raise RecordingError(f"An object of the recorded world lacks its kind or its name: {str(raw)[:200]}")
        try:
            kind = of_kind(obj["kind"])
        except LookupError as problem:
            raise RecordingError(
                f"The recorded world holds an object that the lab does not serve: {str(problem)[:300]}"
            ) from problem
        obj.setdefault("apiVersion", kind.api_version)
        if kind.namespaced:
            obj["metadata"].setdefault("namespace", "default")
        loaded.append(obj)
    uids = _named_uids(loaded)
    for obj in loaded:
        meta = obj["metadata"]
        uid = uids.get((obj["kind"], meta.get("namespace", ""), meta["name"]))
        if uid:
            meta.setdefault("uid", uid)
        world.objects.load(obj)
    _link_owners(world)


def _named_uids(objects: list[Obj]) -> dict[Key, str]:
    """The uids that references to owners give to owners."""
    return {
        (reference["kind"], obj["metadata"].get("namespace", ""), reference["name"]): reference["uid"]
        for obj in objects
        for reference in obj["metadata"].get("ownerReferences") or []
        if reference.get("uid")
    }


def _link_owners(world: World) -> None:
    """Fill in the uid of owner references that lack one, where the owner is part of the recording."""
    for kind in list(world.objects.kinds()):
        for obj in world.objects.all(kind):
            namespace = obj["metadata"].get("namespace", "")
            for reference in obj["metadata"].get("ownerReferences") or []:
                owner = world.objects.get(reference.get("kind", ""), namespace, reference.get("name", ""))
                if owner is not None and not reference.get("uid"):
                    reference["uid"] = owner["metadata"]["uid"]


def _load_metrics(world: World, metrics: list[dict[str, Any]], shift: TimeShift) -> None:
    for metric in metrics:
        dimensions = {d["Name"]: str(d["Value"]) for d in metric.get("dimensions") or []}
        for at, value in metric.get("points") or []:
            moment = _moment(at, shift)
            if value is not None:
                unit = metric.get("unit") or "None"
                world.metrics.put(metric["namespace"], metric["name"], dimensions, moment, float(value), unit=unit)


def _load_prometheus(world: World, answer: dict[str, Any], shift: TimeShift) -> None:
    for series in answer.get("result") or []:
        labels = {key: str(value) for key, value in (series.get("metric") or {}).items()}
        name = labels.pop("__name__", answer.get("query", ""))
        for at, value in series.get("values") or ([series["value"]] if "value" in series else []):
            world.metrics.put(PROMETHEUS, name, labels, _moment(at, shift), float(value))


def _moment(at: object, shift: TimeShift) -> float:
    """Recorded times are epoch seconds or RFC 3339."""
    if isinstance(at, int | float):
        return float(at) + shift.seconds
    return from_rfc3339(str(at)) + shift.seconds


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
