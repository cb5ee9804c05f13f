"""Reading Kubernetes objects: fields that may be absent, times, owners, labels, and what must not be shown.

Recorded and hand-written objects are incomplete: nothing here takes a field for granted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from mcp_servers.contract.permits import ANNOTATION, WRITER
from mcp_servers.redaction import redacted

Obj = dict[str, Any]
REVISION: Final = "deployment.kubernetes.io/revision"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
TEMPLATE_HASHES: Final = ("pod-template-hash", "controller-revision-hash")
DATA_FIELDS: Final = frozenset({"f:data", "f:stringData", "f:binaryData"})
LAST_WRITTEN: Final = "lastWritten"  # kept by `reading` in place of the managers, which are half of an object
NOISE: Final = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink", LAST_WRITTEN)
_SUFFIX = r"[bcdfghjklmnpqrstvwxz2456789]"
_POD_SUFFIXES: Final = (
    re.compile(rf"^(.+)-[a-z0-9]{{5,10}}-{_SUFFIX}{{5}}$"),  # of a Deployment
    re.compile(rf"^(.+)-\d{{8,10}}-{_SUFFIX}{{5}}$"),  # of a CronJob's Job
    re.compile(rf"^(.+)-{_SUFFIX}{{5}}$"),  # of a DaemonSet or Job
    re.compile(rf"^(.+)-{_SUFFIX}{{6,10}}$"),  # a ReplicaSet's own name
    re.compile(r"^(.+)-\d+$"),  # of a StatefulSet, or a CronJob's Job
)


def meta(obj: Obj) -> Obj:
    return obj.get("metadata") or {}


def name(obj: Obj) -> str:
    return str(meta(obj).get("name", ""))


def spec(obj: Obj) -> Obj:
    return obj.get("spec") or {}


def status(obj: Obj) -> Obj:
    return obj.get("status") or {}


def labels(obj: Obj) -> dict[str, str]:
    return meta(obj).get("labels") or {}


def marks(obj: Obj) -> dict[str, str]:
    return meta(obj).get("annotations") or {}


RESPONSIBLE: Final = ("owner", "team", "squad", "maintainer", "contact", "part-of")


def responsible(obj: Obj) -> str:
    """Who its labels or annotations name as responsible, whatever the prefix of the key; empty where nobody is."""
    fields = {**marks(obj), **labels(obj)}
    for word in RESPONSIBLE:
        for key in sorted(fields):
            if key.rpartition("/")[2].lower() == word and str(fields[key]).strip():
                return excerpt(str(fields[key]), 80)
    return ""


def subject(scope: str, obj: Obj) -> Subject:
    return Subject(scope=scope, kind=str(obj.get("kind", "")), namespace=meta(obj).get("namespace", ""), name=name(obj))


def condition(obj: Obj, type_: str) -> Obj:
    """The condition of that type; empty when there is none."""
    return next((c for c in status(obj).get("conditions") or [] if c.get("type") == type_), {})


def instant(text: Any) -> datetime | None:
    """An API time in UTC; None where there is none. What never began is dated 1970 by the kubelet."""
    try:
        moment = datetime.fromisoformat(str(text)).astimezone(UTC) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.year > 1970 else None


def created_at(obj: Obj) -> datetime | None:
    return instant(meta(obj).get("creationTimestamp"))


def last_written(obj: Obj) -> datetime | None:
    """When somebody last wrote what a ConfigMap or Secret holds, as its managers tell; None where nothing does."""
    if LAST_WRITTEN in meta(obj):
        return instant(meta(obj)[LAST_WRITTEN])
    data_writes = [e for e in meta(obj).get("managedFields") or [] if DATA_FIELDS & {*(e.get("fieldsV1") or {})}]
    return max((t for e in data_writes if (t := instant(e.get("time"))) is not None), default=None)


def template(obj: Obj) -> Obj:
    """The pod template of a workload; of a Pod the pod itself."""
    if obj.get("kind") == "Pod":
        return obj
    if obj.get("kind") == "CronJob":
        return ((spec(obj).get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
    return spec(obj).get("template") or {}


def containers(pod_or_template: Obj) -> Iterator[tuple[str, Obj]]:
    """(field, container) of all containers; the field is `containers` or `initContainers`."""
    for field in ("initContainers", "containers"):
        for container in spec(pod_or_template).get(field) or []:
            yield field, container


def images(pod_or_template: Obj) -> str:
    return ", ".join(str(c.get("image", "")) for field, c in containers(pod_or_template) if field == "containers")


def controller(obj: Obj) -> Obj:
    """The reference to its controller; empty when nothing controls it. Other owners do not count."""
    return next((r for r in meta(obj).get("ownerReferences") or [] if r.get("controller") is True), {})


def owner(obj: Obj) -> tuple[str, str, str]:
    """(kind, name, uid) that its controller reference says, parts empty where unknown. For telling only: whether the
    owner agrees, `ownership` decides."""
    reference = controller(obj)
    return str(reference.get("kind", "")), str(reference.get("name", "")), str(reference.get("uid", ""))


def revision(obj: Obj) -> int:
    """The number in a Deployment's or ReplicaSet's annotation, which anybody may have written; 0 where it is none."""
    text = str(marks(obj).get(REVISION, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def selector(obj: Obj) -> dict[str, str]:
    """The equality labels that a Service or controller selects by; empty when it selects nothing."""
    selector = spec(obj).get("selector") or {}
    if obj.get("kind") == "Service":
        return dict(selector)
    return dict(selector.get("matchLabels") or {})


def matches(expected: Mapping[str, str], has: Mapping[str, str]) -> bool:
    """Whether every wanted label is there; no wanted label matches nothing."""
    return bool(expected) and all(has.get(key) == value for key, value in expected.items())


def selector_text(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def stems(pod_name: str) -> list[str]:
    """Names of workloads whose pod may carry this name, the most likely first."""
    names: list[str] = []
    for pattern in _POD_SUFFIXES:
        if match := pattern.match(pod_name):
            names.append(match[1])
    return list(dict.fromkeys(names))


def is_ready(pod: Obj) -> bool:
    """Whether the pod serves: its Ready condition, where it has none its containers."""
    if ready_condition := condition(pod, "Ready"):
        return bool(ready_condition.get("status") == "True")
    statuses = status(pod).get("containerStatuses") or []
    return status(pod).get("phase") == "Running" and bool(statuses) and all(s.get("ready") for s in statuses)


def is_over(pod: Obj) -> bool:
    return status(pod).get("phase") in ("Succeeded", "Failed")


def event_time(event: Obj, *fields: str) -> datetime | None:
    """The first of these fields that is set, else the event's own time: schedulers leave first and last empty."""
    series = event.get("series") or {}
    for field in (*fields, "eventTime"):
        value = series.get("lastObservedTime") if field == "lastTimestamp" and series else None
        if (when := instant(value or event.get(field))) is not None:
            return when
    return created_at(event)


def first_seen(event: Obj) -> datetime | None:
    return event_time(event, "firstTimestamp", "lastTimestamp")


def last_seen(event: Obj) -> datetime | None:
    return event_time(event, "lastTimestamp", "firstTimestamp")


def times_seen(event: Obj) -> int:
    return int(event.get("count") or (event.get("series") or {}).get("count") or 1)


def involved(event: Obj) -> tuple[str, str]:
    about = event.get("involvedObject") or event.get("regarding") or {}
    return str(about.get("kind", "")), str(about.get("name", ""))


def last_applied(obj: Obj) -> Obj:
    """What kubectl applied last, by the annotation that it leaves; empty where that is not there, or is of another
    object."""
    try:
        source = json.loads(marks(obj).get(LAST_APPLIED) or "{}")
    except ValueError:
        return {}
    return source if isinstance(source, dict) and name(source) == name(obj) else {}


def without_values(obj: Obj) -> Obj:
    """A Secret or ConfigMap with its keys and without any value."""
    if obj.get("kind") not in ("Secret", "ConfigMap"):
        return obj
    bare = {k: v for k, v in obj.items() if k not in ("data", "stringData", "binaryData")}
    keys = sorted({*(obj.get("data") or {}), *(obj.get("binaryData") or {})})
    bare["metadata"] = {k: v for k, v in meta(obj).items() if k != "managedFields"}
    bare["metadata"]["annotations"] = {k: v for k, v in marks(obj).items() if k != LAST_APPLIED}
    return bare | {"data": dict.fromkeys(keys, "")}


def for_display(obj: Obj) -> Obj:
    """The object for reading: without bookkeeping, without values of Secrets and of variables that look like one."""
    result: Obj = json.loads(json.dumps(without_values(obj)))  # a copy, several times faster than one by deepcopy
    for field in NOISE:
        result.get("metadata", {}).pop(field, None)
    annotations = {k: v for k, v in marks(result).items() if k not in (LAST_APPLIED, ANNOTATION, WRITER)}
    if "annotations" in result.get("metadata", {}):
        result["metadata"]["annotations"] = annotations
    for _, container in (*containers(result), *containers(template(result))):
        for variable in container.get("env") or []:
            if is_secret(str(variable.get("name", "")), str(variable.get("value", ""))):
                variable["value"] = "[redacted:secret]"
    return result


def is_secret(variable: str, value: str) -> bool:
    """Whether a variable's value must not be shown, by its name or by its form."""
    return bool(value) and redacted(f"{variable}={value}") != f"{variable}={value}"
