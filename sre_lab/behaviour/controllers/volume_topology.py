"""Where a pod's volumes can be reached from: a disk in one zone keeps its pod in that zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.world import World

CONFLICT = "node(s) had volume node affinity conflict"


def out_of_reach(world: World, pod: Obj, nodes: Iterable[str]) -> list[str]:
    """The nodes from which one of the pod's bound volumes cannot be used."""
    terms = [terms for volume in _volumes(world, pod) if (terms := _terms(volume))]
    if not terms:
        return []
    return [name for name in nodes if not all(_reaches(world, name, one) for one in terms)]


def _volumes(world: World, pod: Obj) -> Iterator[Obj]:
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName") or ""
        claim = world.objects.get("PersistentVolumeClaim", namespace, name) if name else None
        persistent_volume = (
            world.objects.get("PersistentVolume", "", claim["spec"].get("volumeName") or "") if claim else None
        )
        if persistent_volume is not None:
            yield persistent_volume


def _terms(volume: Obj) -> list[Obj]:
    required = (volume["spec"].get("nodeAffinity") or {}).get("required") or {}
    terms: list[Obj] = required.get("nodeSelectorTerms") or []
    return terms


def _reaches(world: World, node: str, terms: list[Obj]) -> bool:
    labels = (world.objects.get("Node", "", node) or {"metadata": {}})["metadata"].get("labels") or {}
    return any(matches({"matchExpressions": term.get("matchExpressions")}, labels) for term in terms)
