"""How a namespace that shall go is emptied, and what it says about what still holds it."""

from __future__ import annotations

from collections import Counter

from sre_lab.clock import rfc3339
from sre_lab.kubernetes import deletion, metrics
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.objects.store import NotFoundError, Obj
from sre_lab.world import World

FAILED_DISCOVERY = (
    "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: "
    "metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1"
)


def delete_content(world: World, namespace: Obj) -> bool:
    """Ask everything in it to go, write down what remains, and let it go when nothing does: whether it is done.

    While an API of the cluster does not answer, nobody can know what of it is left, so the namespace stays.
    """
    name = namespace["metadata"]["name"]
    for obj in _content(world, name):
        meta = obj["metadata"]
        if not meta.get("deletionTimestamp"):
            try:
                deletion.delete(world, obj["kind"], name, meta["name"])
            except NotFoundError:  # it went with something else
                continue
    left = _content(world, name)
    unknown = metrics.availability(world) == "unavailable"
    current = world.objects.get("Namespace", "", name)
    if current is None:
        return True
    if left or unknown:
        _explain(world, current, left, unknown)
        return False
    spec = {key: value for key, value in current["spec"].items() if key != "finalizers"}
    after = world.objects.replace({**current, "spec": spec})
    if deletion.may_go(after):
        world.objects.delete("Namespace", "", name)
    return True


def _content(world: World, name: str) -> list[Obj]:
    return [obj for kind in world.objects.kinds() for obj in world.objects.all(kind, name) if _is_in(obj, name)]


def _is_in(obj: Obj, name: str) -> bool:
    return bool(obj["metadata"].get("namespace") == name)


def _explain(world: World, namespace: Obj, left: list[Obj], unknown: bool) -> None:
    """The five conditions of a namespace that is being terminated."""
    resources = Counter(_resource(obj["kind"]) for obj in left)
    finalizers = Counter(f for obj in left for f in obj["metadata"].get("finalizers") or [])
    counts = ", ".join(f"{name} has {count} resource instances" for name, count in sorted(resources.items()))
    holds = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(finalizers.items()))
    conditions = {
        "NamespaceDeletionDiscoveryFailure": ("True", "DiscoveryFailed", FAILED_DISCOVERY)
        if unknown
        else ("False", "ResourcesDiscovered", "All resources successfully discovered"),
        "NamespaceDeletionGroupVersionParsingFailure": (
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        "NamespaceDeletionContentFailure": (
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        "NamespaceContentRemaining": ("True", "SomeResourcesRemain", f"Some resources are remaining: {counts}")
        if left
        else ("False", "ContentRemoved", "All content successfully removed"),
        "NamespaceFinalizersRemaining": (
            "True",
            "SomeFinalizersRemain",
            f"Some content in the namespace has finalizers remaining: {holds}",
        )
        if finalizers
        else ("False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
    }
    _write(world, namespace, conditions)


def _write(world: World, namespace: Obj, states: dict[str, tuple[str, str, str]]) -> None:
    status = namespace.get("status") or {}
    before = {c["type"]: c for c in status.get("conditions") or []}
    at = rfc3339(world.clock.now())
    conditions = []
    for kind, (state, reason, message) in states.items():
        since = before[kind]["lastTransitionTime"] if before.get(kind, {}).get("status") == state else at
        new = {"type": kind, "status": state, "lastTransitionTime": since, "reason": reason, "message": message}
        conditions.append(new)
    world.objects.put_status("Namespace", "", namespace["metadata"]["name"], {**status, "conditions": conditions})


def _resource(kind: str) -> str:
    """`pods.` for the core group, `deployments.apps` for others."""
    resource = of_kind(kind)
    return f"{resource.plural}.{resource.group}"
