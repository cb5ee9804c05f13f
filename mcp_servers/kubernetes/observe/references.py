"""What a workload and its pod template refer to, and which of it is not there. Names only, never values.

The one place that knows this: who explains a workload and who sweeps a cluster ask here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kubernetes.observe import claims as extract_claims
from mcp_servers.kubernetes.observe.mounted_files import mounted_files
from mcp_servers.kubernetes.observe.starts import START_REASONS
from mcp_servers.kubernetes.observe.workloads import desired
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import near

OF_A_POD: Final = (
    ("ServiceAccount", "serviceAccountName", "serviceAccount"),
    ("PriorityClass", "priorityClassName"),
    ("RuntimeClass", "runtimeClassName"),
)
BUILT_IN: Final = {"ServiceAccount": ("default",), "PriorityClass": ("system-cluster-critical", "system-node-critical")}
BEFORE_PODS: Final = ("ServiceAccount", "PriorityClass", "RuntimeClass")  # only their making needs it
NO_COUNT: Final = ("Pod", "Job", "CronJob")  # which want no number of pods at any time
KEYS: Final = 6  # that are told of what lacks one
INJECTED = "kube-api-access-"  # the volume that the API server adds to every pod


@dataclass(frozen=True)
class PodReference:
    """`container` is empty for what the whole pod needs; `optional` for what may be absent; `is_file` for a key that is
    mounted by itself: without it a container may start all the same."""

    kind: str
    name: str
    key: str = ""
    container: str = ""
    optional: bool = False
    is_file: bool = False


def references(template: Obj) -> list[PodReference]:
    """All references of a pod template, each once."""
    pod_references = [*_volumes(template), *_variables(template)]
    pod = o.spec(template)
    for kind, *fields in OF_A_POD:
        if name := next((str(pod[field]) for field in fields if pod.get(field)), ""):
            pod_references.append(PodReference(kind, name))
    pod_references += [
        PodReference("Secret", s.get("name", ""), optional=True) for s in pod.get("imagePullSecrets") or []
    ]
    return list(dict.fromkeys(r for r in pod_references if r.name))


def of_workload(root: Obj) -> list[PodReference]:
    """All references of a workload: those of its pod template, its governing Service, the classes of its claims."""
    pod_references = references(o.template(root))
    if root.get("kind") == "StatefulSet":
        pod_references.append(PodReference("Service", str(o.spec(root).get("serviceName") or "")))
        claims = o.spec(root).get("volumeClaimTemplates") or []
        pod_references += [PodReference("StorageClass", str(o.spec(c).get("storageClassName") or "")) for c in claims]
    return list(dict.fromkeys(r for r in pod_references if r.name))


def observe(tree: WorkloadTree) -> list[Observation]:
    """References that lead nowhere. What a started pod of the present template has had is gone, and missed later."""
    observations = []
    pulled_with = {s.get("name") for s in o.spec(tree.template).get("imagePullSecrets") or []}
    for reference in of_workload(tree.root):
        pulls = reference.optional and reference.kind == "Secret" and reference.name in pulled_with
        if (reference.optional and not pulls) or not tree.lists.has(reference.kind):
            continue
        there = tree.lists.by_name(reference.kind, reference.name)
        if _is_there(reference, there):
            continue
        if pulls or _was_had(reference, tree):
            observations.append(_lost_reference(tree, reference, there, pulls=pulls))
        elif there is None:
            names = [o.name(x) for x in tree.lists.of(reference.kind)]
            observations.append(_missing(tree, reference, near(reference.name, names), "key" if reference.key else ""))
        else:
            lacking = _missing(tree, reference, near(reference.key, there["data"]), "its key")
            lacking.attributes["keys"] = sorted(there["data"])[:KEYS]
            observations.append(lacking)
    return observations + _claims(tree)


def relations(tree: WorkloadTree) -> list[Relation]:
    targets = {(r.kind, r.name) for r in of_workload(tree.root)}
    targets |= {("PersistentVolumeClaim", name) for name in claim_names(tree)}
    relations = [
        Relation(kind="refers_to", source=tree.subject, target=_target(tree, kind, name))
        for kind, name in sorted(targets)
    ]
    there = [c for name in claim_names(tree) if (c := tree.lists.by_name("PersistentVolumeClaim", name)) is not None]
    for claim in there:
        if volume := str(o.spec(claim).get("volumeName") or ""):
            place = Subject(scope=tree.scope, kind="PersistentVolume", name=volume)
            relations.append(Relation(kind="bound_to", source=o.subject(tree.scope, claim), target=place))
    return relations


def _missing(tree: WorkloadTree, reference: PodReference, names: list[str], what: str) -> Observation:
    target = f"{reference.kind} {reference.name}" + (f" key {reference.key}" if reference.key else "")
    by = f"container {reference.container}" if reference.container else "the pod template"
    verb = "exists, that key does not" if what == "its key" else "does not exist"
    return Observation(
        code="reference.missing",
        subject=tree.subject,
        attributes={"kind": reference.kind, "name": reference.name, "key": reference.key, "near": names},
        excerpt=f"{by} refers to {target}: {reference.kind} {verb}",
    )


def _claims(tree: WorkloadTree) -> list[Observation]:
    """Claims of the workload that are not bound."""
    observations: list[Observation] = []
    for claim in (tree.lists.by_name("PersistentVolumeClaim", name) for name in claim_names(tree)):
        phase = o.status(claim).get("phase") if claim is not None else ""
        if claim is not None and phase == "Pending":
            observations += extract_claims.pending(claim, o.subject(tree.scope, claim), tree.events(claim), tree.lists)
        elif claim is not None and phase == "Lost":
            volume = str(o.spec(claim).get("volumeName") or "")
            subject = o.subject(tree.scope, claim)
            observations.append(Observation(code="volume.claim_lost", subject=subject, attributes={"volume": volume}))
    return observations


def claim_names(tree: WorkloadTree) -> list[str]:
    """The claims that the template or a pod names: those of a StatefulSet stand only in its pods."""
    return sorted({name for body in (tree.template, *tree.pods) for name in claims_of(body)})


def claims_of(body: Obj) -> set[str]:
    """The claims that a pod or template names."""
    return {r.name for r in references(body) if r.kind == "PersistentVolumeClaim"}


def _lost_reference(tree: WorkloadTree, reference: PodReference, there: Obj | None, *, pulls: bool) -> Observation:
    """That something is not there which the present pods had, or, to pull their images, go without."""
    what = f"{reference.kind} {reference.name}" + (f" key {reference.key}" if reference.key else "")
    effect = "images are pulled without credentials from it" if pulls else "new pods will not have it"
    return Observation(
        code="reference.gone",
        subject=tree.subject,
        attributes={
            "kind": reference.kind,
            "name": reference.name,
            "key": reference.key,
            "why": "pull_secret" if pulls else "had",
            "near": near(reference.name, [o.name(x) for x in tree.lists.of(reference.kind)]) if there is None else [],
        },
        excerpt=f"the pod template refers to {what}, which does not exist: {effect}",
    )


def _is_there(reference: PodReference, there: Obj | None) -> bool:
    """Whether object and key are there; some are made as soon as somebody needs them, or belong to every cluster."""
    if there is None:
        return reference.name in BUILT_IN.get(reference.kind, ())
    return not reference.key or "data" not in there or reference.key in there["data"]


def _was_had(reference: PodReference, tree: WorkloadTree) -> bool:
    """Whether the present pods show that this was there: one of the template has a container that started and needs
    it; of what only the making of pods needs, none is wanting."""
    if reference.kind == "Service":
        return False  # nothing of a pod shows whether its set's Service ever was
    pods = [pod for pod in tree.pods if reference.kind == "StorageClass" or reference in references(pod)]
    if reference.kind in BEFORE_PODS:
        alive = [pod for pod in pods if not o.is_over(pod)]
        return bool(pods) and (tree.root["kind"] in NO_COUNT or len(alive) >= desired(tree.root))
    for pod in pods:
        for status in [*(o.status(pod).get("initContainerStatuses") or []), *_statuses(pod)]:
            proof = status.get("ready") if reference.is_file else _has_run(status)
            if proof and reference.container in ("", status.get("name")):
                return True
    return False


def _has_run(status: Obj) -> bool:
    """Whether its program ever began; a start that the runtime refused is kept as a run that ended."""
    states = [status.get("state") or {}, status.get("lastState") or {}]
    ends = [end for state in states if (end := state.get("terminated"))]
    return "running" in states[0] or any(end.get("reason") not in START_REASONS for end in ends)


def _statuses(pod: Obj) -> list[Obj]:
    return o.status(pod).get("containerStatuses") or []


def _volumes(template: Obj) -> Iterator[PodReference]:
    for volume in o.spec(template).get("volumes") or []:
        if str(volume.get("name", "")).startswith(INJECTED):
            continue
        if claim := volume.get("persistentVolumeClaim"):
            yield PodReference("PersistentVolumeClaim", claim.get("claimName", ""))
        for source in (volume, *((volume.get("projected") or {}).get("sources") or [])):
            yield from _source(source)
    for file in mounted_files(template):
        yield PodReference(file.kind, file.name, file.key, file.container, file.optional, is_file=True)


def _source(source: Obj) -> Iterator[PodReference]:
    for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
        body = source.get(field)
        if not body:
            continue
        name, optional = body.get("name") or body.get("secretName") or "", bool(body.get("optional"))
        yield PodReference(kind, name, optional=optional)
        for item in body.get("items") or []:
            yield PodReference(kind, name, item.get("key", ""), optional=optional)


def _variables(template: Obj) -> Iterator[PodReference]:
    for _, container in o.containers(template):
        name = str(container.get("name", ""))
        for variable in container.get("env") or []:
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                if reference := (variable.get("valueFrom") or {}).get(field):
                    optional = bool(reference.get("optional"))
                    yield PodReference(kind, reference.get("name", ""), reference.get("key", ""), name, optional)
        for entry in container.get("envFrom") or []:
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if reference := entry.get(field):
                    yield PodReference(kind, reference.get("name", ""), "", name, bool(reference.get("optional")))


def _target(tree: WorkloadTree, kind: str, name: str) -> Subject:
    namespace = tree.namespace if KINDS[kind].namespaced else ""
    return Subject(scope=tree.scope, kind=kind, namespace=namespace, name=name)
