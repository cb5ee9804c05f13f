"""Fields of a pod template that are evidently meant otherwise: the revision that served, the one object of a near name,
what kubectl applied last, the port that the container declares, the label that nodes have.

Only where one value alone comes into question: where several do, nothing is told. Values that look secret never are.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.mounted_files import mounted_files
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.revisions import Revision, revisions
from mcp_servers.kubernetes.snapshot.template_changes import changes
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import near

MUTABLE: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")  # whose templates can be changed
PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
PLATFORMS: Final = ("amd64", "arm64", "linux", "windows")  # what an image is built for no node can tell
FEW: Final = 3  # changes of a revision among which the one that matters is plain
_REFUSED: Final = re.compile(r"connection refused", re.I)  # what answers, also with an error, is the right port
_THOUSANDTHS: Final = re.compile(r"\d{1,6}m")  # less than a kilobyte: 1.2Gi is kept as 1288490188800m
_AS_WRITTEN: Final = ("image", "command", "args", "env")
LONGEST: Final = 400  # characters of a value


def of_revision(tree: WorkloadTree, now: Obj, back: Revision) -> Iterator[Observation]:
    """What the revision that served has otherwise, where that is little."""
    if tree.root["kind"] in MUTABLE and back.number:
        yield from _differences(tree, now, back.template, source="revision", of=str(back.number))


def requests_of_revision(tree: WorkloadTree, back: Revision, resource: str) -> Iterator[Observation]:
    """What the containers asked for of one resource in a revision, where they ask for another amount now."""
    before = {c.get("name"): c for _, c in o.containers(back.template)}
    at = {"source": "revision", "of": str(back.number)}
    for path, container in template_containers(tree) if tree.root["kind"] in MUTABLE and back.number else ():
        if (old := before.get(container.get("name"))) is not None:
            name = str(container.get("name", ""))
            yield from _resources(tree, name, path, container, old, at, only=resource)


def _runs(tree: WorkloadTree) -> Iterator[Observation]:
    """What the last run of a CronJob that succeeded has otherwise."""
    now = {"spec": o.spec(tree.template)}  # a run has labels of its own
    for job in tree.sets if tree.root["kind"] == "CronJob" else []:
        if o.condition(job, "Complete").get("status") == "True":
            yield from _differences(tree, now, {"spec": o.spec(o.template(job))}, source="run", of=o.name(job))
            return


def _of_last_apply(tree: WorkloadTree) -> Iterator[Observation]:
    """What kubectl applied last has otherwise, where no earlier revision could tell: the workload was changed since by
    other means. Only fields that the API server leaves as they are written."""
    manifest = {"kind": tree.root["kind"], **o.last_applied(tree.root)}
    if not o.spec(manifest) or len(revisions(tree)) > 1:
        return
    source = o.template(manifest)
    by_container = {c.get("name"): c for _, c in o.containers(source)}
    before = copy.deepcopy(tree.template)
    for _, container in o.containers(before):
        for field in _AS_WRITTEN if container.get("name") in by_container else ():
            container[field] = by_container[container["name"]].get(field)
    before.setdefault("spec", {})["nodeSelector"] = o.spec(source).get("nodeSelector")
    yield from _differences(tree, tree.template, before, source="applied", of="kubectl")


def _differences(tree: WorkloadTree, now: Obj, before: Obj, **at: str) -> Iterator[Observation]:
    """The fields that one template has otherwise than another, where they are few."""
    if len(changes(before, now)) > FEW:
        return
    by_container = {c.get("name"): c for _, c in o.containers(before)}
    for path, container in template_containers(tree):
        old = by_container.get(container.get("name"))
        if old is None:
            continue
        name = str(container.get("name", ""))
        for field in ("image", "command", "args"):
            if container.get(field) != old.get(field):
                yield other_value(tree, field, name, "", container.get(field), old.get(field), f"{path}/{field}", **at)
        for probe in PROBES:
            if container.get(probe) != old.get(probe):
                yield other_value(
                    tree, "probe", name, probe, container.get(probe), old.get(probe), f"{path}/{probe}", **at
                )
        yield from _variables(tree, name, container, old, at)
        yield from _resources(tree, name, path, container, old, at)
    selectors = [o.spec(body).get("nodeSelector") or {} for body in (now, before)]
    for key in sorted({*selectors[0], *selectors[1]}):
        if selectors[0].get(key) != selectors[1].get(key):
            path = f"{template_path(tree)}/nodeSelector/{json_pointer_part(key)}"
            yield other_value(tree, "node_selector", "", key, selectors[0].get(key), selectors[1].get(key), path, **at)
    yield from _of_pods(tree, now, before, at)


def _of_pods(tree: WorkloadTree, now: Obj, before: Obj, at: dict[str, str]) -> Iterator[Observation]:
    """What is set for the pods as a whole: as whom they run, and with which secrets their images are pulled."""
    contexts = [o.spec(body).get("securityContext") or {} for body in (now, before)]
    for key in sorted({*contexts[0], *contexts[1]}):
        values = [context.get(key) for context in contexts]
        if values[0] != values[1]:
            path = f"{template_path(tree)}/securityContext/{json_pointer_part(key)}"
            yield other_value(tree, "security", "", key, values[0], values[1], path, **at)
    pulls = [o.spec(body).get("imagePullSecrets") or [] for body in (now, before)]
    if pulls[0] != pulls[1]:
        path = f"{template_path(tree)}/imagePullSecrets"
        yield other_value(tree, "pull_secret", "", "Secret", pulls[0], pulls[1], path, **at)


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """What the cluster as it is leaves no doubt about."""
    if tree.root["kind"] in MUTABLE:
        yield from _runs(tree)
        yield from _of_last_apply(tree)
        yield from _ports(tree)
        yield from _references(tree)
        yield from _units(tree)
        yield from _labels(tree)


def _ports(tree: WorkloadTree) -> Iterator[Observation]:
    """A probe that is refused at a port which the container does not declare, while it declares one."""
    messages = [str(e.get("message")) for pod in tree.pods for e in tree.events(pod) if e.get("reason") == "Unhealthy"]
    if not any(_REFUSED.search(text) for text in messages):
        return
    for path, container in template_containers(tree):
        ports = [p for p in container.get("ports") or [] if p.get("protocol", "TCP") == "TCP"]
        known_ports = {p.get("containerPort") for p in ports} | {p.get("name") for p in ports}
        for probe in PROBES:
            for way in ("httpGet", "tcpSocket", "grpc"):
                port = ((container.get(probe) or {}).get(way) or {}).get("port")
                if port is not None and len(ports) == 1 and port not in known_ports:
                    right_port, name = ports[0]["containerPort"], str(container.get("name", ""))
                    where = f"{path}/{probe}/{way}/port"
                    yield other_value(
                        tree, "port", name, probe, port, right_port, where, source="declared", of=f"container {name}"
                    )


def _references(tree: WorkloadTree) -> Iterator[Observation]:
    """ConfigMaps, Secrets and keys of them that are not there, where one alone has a near name."""
    prefix = template_path(tree)
    files = list(mounted_files(tree.template))
    for path, container in template_containers(tree):
        name = str(container.get("name", ""))
        for file in (one for one in files if one.container == name and not one.optional):
            there = tree.lists.by_name(file.kind, file.name)
            if there is not None:
                yield from _wrong_key(tree, there, file.key, f"{path}/volumeMounts/{file.number}/subPath", name)
        for number, variable in enumerate(container.get("env") or []):
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                if reference := (variable.get("valueFrom") or {}).get(field):
                    yield from _wrong_reference(tree, kind, reference, f"{path}/env/{number}/valueFrom/{field}", name)
        for number, entry in enumerate(container.get("envFrom") or []):
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if reference := entry.get(field):
                    yield from _wrong_reference(tree, kind, reference, f"{path}/envFrom/{number}/{field}", name)
    yield from _wrong_pull_secret(tree, f"{prefix}/imagePullSecrets")
    for number, volume in enumerate(o.spec(tree.template).get("volumes") or []):
        for field, kind, name_key in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            if reference := volume.get(field):
                yield from _wrong_reference(
                    tree, kind, reference, f"{prefix}/volumes/{number}/{field}", "", name_key=name_key
                )


def _wrong_pull_secret(tree: WorkloadTree, path: str) -> Iterator[Observation]:
    pulls = o.spec(tree.template).get("imagePullSecrets") or []
    if (
        len(pulls) != 1
        or not tree.lists.has("Secret")
        or tree.lists.by_name("Secret", name := str(pulls[0].get("name") or ""))
    ):
        return
    matches = near(name, [o.name(x) for x in tree.lists.of("Secret")])
    if len(matches) == 1:
        right = [{"name": matches[0]}]
        yield other_value(tree, "pull_secret", "", "Secret", pulls, right, path, source="near_name", of="Secret")


def _wrong_reference(
    tree: WorkloadTree, kind: str, reference: Obj, path: str, container: str, *, name_key: str = "name"
) -> Iterator[Observation]:
    name, key = str(reference.get(name_key) or ""), str(reference.get("key") or "")
    if reference.get("optional") or not name or not tree.lists.has(kind):
        return
    there = tree.lists.by_name(kind, name)
    if there is None:
        matches = near(name, [o.name(x) for x in tree.lists.of(kind)])
        if len(matches) == 1:
            where = f"{path}/{name_key}"
            yield other_value(tree, "reference", container, kind, name, matches[0], where, source="near_name", of=kind)
    elif key:
        yield from _wrong_key(tree, there, key, f"{path}/key", container)


def _wrong_key(tree: WorkloadTree, there: Obj, key: str, path: str, container: str) -> Iterator[Observation]:
    matches = near(key, there["data"]) if "data" in there and key not in there["data"] else []
    if len(matches) == 1:
        of = f"{there['kind']} {o.name(there)}"
        what = f"key of {of}"
        yield other_value(tree, "reference", container, what, key, matches[0], path, source="near_name", of=of)


def _units(tree: WorkloadTree) -> Iterator[Observation]:
    """Memory in thousandths of a byte (`512m`), where `512Mi` is meant: no program runs in less than a byte."""
    for path, container in template_containers(tree):
        for part in ("limits", "requests"):
            value = str(((container.get("resources") or {}).get(part) or {}).get("memory") or "")
            if _THOUSANDTHS.fullmatch(value):
                name = str(container.get("name", ""))
                what, where = f"memory {part.removesuffix('s')}", f"{path}/resources/{part}/memory"
                yield other_value(tree, "resources", name, what, value, f"{value[:-1]}Mi", where, source="unit", of="")


def _labels(tree: WorkloadTree) -> Iterator[Observation]:
    """A nodeSelector that no node meets, where nodes have the label with one value alone, and a near one."""
    nodes = tree.lists.of("Node")
    if not nodes or not tree.lists.has("Node"):
        return
    for key, label_value in sorted((o.spec(tree.template).get("nodeSelector") or {}).items()):
        values = sorted({str(o.labels(n)[key]) for n in nodes if key in o.labels(n)})
        if len(values) == 1 and str(label_value) not in (*values, *PLATFORMS) and near(str(label_value), values):
            path = f"{template_path(tree)}/nodeSelector/{json_pointer_part(key)}"
            yield other_value(tree, "node_selector", "", key, label_value, values[0], path, source="nodes", of="nodes")


def _variables(tree: WorkloadTree, container: str, now: Obj, before: Obj, at: dict[str, str]) -> Iterator[Observation]:
    """Variables with a literal value on both sides, or on one while the other has none."""
    one, other = ({str(v.get("name")): v for v in c.get("env") or []} for c in (now, before))
    for name in sorted({*one, *other}):
        sides = [side.get(name, {}) for side in (one, other)]
        values = [str(side.get("value") or "") for side in sides]
        if values[0] == values[1] or any("valueFrom" in side for side in sides):
            continue
        if not any(o.is_secret(name, value) for value in values):
            yield other_value(tree, "env", container, name, values[0], values[1], "", **at)


def _resources(
    tree: WorkloadTree, container: str, path: str, now: Obj, before: Obj, at: dict[str, str], only: str = ""
) -> Iterator[Observation]:
    for part in ("limits", "requests"):
        one, other = ((c.get("resources") or {}).get(part) or {} for c in (now, before))
        for what in sorted({*one, *other}):
            if one.get(what) != other.get(what) and only in ("", what):
                where = f"{path}/resources/{part}/{json_pointer_part(what)}"
                name = f"{what} {part.removesuffix('s')}"
                yield other_value(tree, "resources", container, name, one.get(what), other.get(what), where, **at)


def template_containers(tree: WorkloadTree) -> Iterator[tuple[str, Obj]]:
    """JSON pointer and container."""
    for field in ("initContainers", "containers"):
        for number, container in enumerate(o.spec(tree.template).get(field) or []):
            yield f"{template_path(tree)}/{field}/{number}", container


def template_path(tree: WorkloadTree) -> str:
    return "/spec/jobTemplate/spec/template/spec" if tree.root["kind"] == "CronJob" else "/spec/template/spec"


def json_pointer_part(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def other_value(
    tree: WorkloadTree, field: str, container: str, name: str, now: Any, value: Any, path: str, **source: str
) -> Observation:
    attributes = {
        "field": field,
        "container": container,
        "name": name,
        "now": excerpt(_text(now), LONGEST),
        "value": excerpt(_text(value), LONGEST),
        "exact": all(excerpt(_text(one), LONGEST) == _text(one) for one in (now, value)),
        "path": path,
        **source,
    }
    return Observation(code="template.other_value", subject=tree.subject, attributes=attributes)


def _text(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
