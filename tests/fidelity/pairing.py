"""Which pod of one cluster stands for which of the other, where their owner made several of them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.fidelity.masks import masked
from tests.fidelity.paths import flat
from tests.fidelity.recordings import Snapshot

Obj = dict[str, Any]


def paired_pods(mine: Snapshot, other: Snapshot, here: dict[str, str], there: dict[str, str]) -> dict[str, str]:
    """`there` with the pods of each owner renumbered so that those stand for each other that are most alike."""
    result = dict(there)
    our_looks, other_looks = _looks(mine, here), _looks(other, there)
    by_owner = _pods_by_owner(mine.objects, here)
    for owner, pods in _pods_by_owner(other.objects, there).items():
        targets = by_owner.get(owner, [])
        if len(targets) < 2 and len(pods) < 2:
            continue
        likeness = {
            (place, name): len(our_looks[target["metadata"]["name"]] & other_looks[name])
            for place, target in enumerate(targets)
            for name in (pod["metadata"]["name"] for pod in pods)
        }
        free = [p["metadata"]["name"] for p in pods]
        open_places = list(range(len(targets)))
        while free and open_places:
            place, name = max(((p, n) for p in open_places for n in free), key=lambda pair: likeness[pair])
            result[name] = here[targets[place]["metadata"]["name"]]
            free.remove(name)
            open_places.remove(place)
        for number, name in enumerate(free):
            result[name] = f"{owner}-extra{number}"
    return result


def _pods_by_owner(objects: list[Obj], names: dict[str, str]) -> dict[str, list[Obj]]:
    pods: dict[str, list[Obj]] = defaultdict(list)
    for pod in (obj for obj in objects if obj["kind"] == "Pod" and obj["metadata"]["name"] in names):
        pods[names[pod["metadata"]["name"]].rpartition("-")[0]].append(pod)
    return pods


def _looks(snapshot: Snapshot, names: dict[str, str]) -> dict[str, set[tuple[Any, ...]]]:
    """What there is to be seen of each pod, by its real name: its status, and what its events tell."""
    nameless = dict.fromkeys(names, "<name>")
    looks: dict[str, set[tuple[Any, ...]]] = {}
    for pod in (obj for obj in snapshot.objects if obj["kind"] == "Pod"):
        status = flat(masked(pod.get("status"), nameless))
        looks[pod["metadata"]["name"]] = {(*path, str(value)) for path, value in status.items()}
    for event in snapshot.events:
        if event["involvedObject"]["name"] in looks:
            fields = flat(masked(event, nameless))
            kind = event["reason"], masked(event["message"], nameless)
            looks[event["involvedObject"]["name"]] |= {(*kind, *path, str(value)) for path, value in fields.items()}
    return looks
