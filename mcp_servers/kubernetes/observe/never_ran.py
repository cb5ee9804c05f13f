"""Fields of a template that never ran and that keep it from running: without them it would.

No revision, manifest or sibling shows what is meant, so nothing here is evident. It is the change that a person would
try first, and one is asked about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.other_values import (
    json_pointer_part,
    other_value,
    template_containers,
    template_path,
)
from mcp_servers.kubernetes.observe.scaling_up import by_autoscaler
from mcp_servers.kubernetes.observe.sibling_images import repository
from mcp_servers.kubernetes.observe.starts import START_REASONS, why_not_pulled, why_not_started
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.container_views import looks
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.revisions import COMPLETED, revisions
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

AT_ONCE: Final = timedelta(seconds=2)  # a process that ends this soon did nothing before
FIRST: Final = timedelta(minutes=1)  # after its creation a Deployment is found to be unavailable
DEFAULT_TAG: Final = "latest"
NO_PROGRAM: Final = 127  # what a shell ends with where it finds no program of that name


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """Of a Deployment that was never available."""
    if _never_ran(tree):
        yield from _labels(tree)
        yield from _commands(tree)
        yield from _tags(tree)


def _never_ran(tree: WorkloadTree) -> bool:
    """Whether no pod of its only template was ever ready, as far as its conditions and pods tell."""
    if tree.root["kind"] != "Deployment" or len(revisions(tree)) > 1 or any(o.is_ready(pod) for pod in tree.pods):
        return False
    available = o.condition(tree.root, "Available")
    if available.get("status") == "True" or o.condition(tree.root, "Progressing").get("reason") == COMPLETED:
        return False
    since, created = o.instant(available.get("lastTransitionTime")), o.created_at(tree.root)
    return bool(tree.pods) and (since is None or created is None or since - created <= FIRST)


def _labels(tree: WorkloadTree) -> Iterator[Observation]:
    """A nodeSelector with a key of the users' own that no node has, where nothing else asks for a special node.

    Keys with a prefix belong to the provider or to an agent on the node. Who requests a device or tolerates a taint
    needs that machine, and an autoscaler may still make one.
    """
    nodes, spec = tree.lists.of("Node"), o.spec(tree.template)
    selector = spec.get("nodeSelector") or {}
    unknown = [key for key in selector if "/" not in key and not any(key in o.labels(node) for node in nodes)]
    others = {key: value for key, value in selector.items() if key not in unknown}
    if not nodes or not tree.lists.has("Node") or len(unknown) != 1:
        return
    if not any(others.items() <= o.labels(node).items() for node in nodes) or _wants_a_special_node(tree, spec):
        return
    path = f"{template_path(tree)}/nodeSelector/{json_pointer_part(unknown[0])}"
    yield other_value(
        tree, "node_selector", "", unknown[0], selector[unknown[0]], None, path, source="nodes", of="nodes"
    )


def _wants_a_special_node(tree: WorkloadTree, spec: Obj) -> bool:
    asked_for = {
        name
        for _, container in template_containers(tree)
        for part in ("limits", "requests")
        for name in (container.get("resources") or {}).get(part) or {}
    }
    tolerates = any("/" not in str(one.get("key") or "/") for one in spec.get("tolerations") or [])
    grows = any(by_autoscaler(event) for pod in tree.pods for event in tree.events(pod))
    return tolerates or grows or any("/" in name for name in asked_for)


def _commands(tree: WorkloadTree) -> Iterator[Observation]:
    """Command and arguments that name a program which the image does not have, of a container that bears the name of
    its image: what it is to run is the image's own program. Under another name the image may serve another purpose."""
    for path, container in template_containers(tree):
        name = str(container.get("name", ""))
        is_own = repository(str(container.get("image", ""))).rpartition("/")[2] == name
        if "/initContainers/" in path or not is_own or not container.get("command") or not _lacks_program(tree, name):
            continue
        for field in ("command", "args"):
            if container.get(field):
                image = str(container.get("image", ""))
                yield other_value(
                    tree, field, name, "", container[field], None, f"{path}/{field}", source="image", of=image
                )


def _tags(tree: WorkloadTree) -> Iterator[Observation]:
    """A tag that names no release and that its registry does not have, of an official image: without a tag that is the
    stable release of today. Docker Hub denies access to a repository that it has not, so that one is there. Of
    anybody's own image its owner alone knows which build is meant, and a volume may hold data of another release."""
    volumes = o.spec(tree.template).get("volumes") or []
    if any("persistentVolumeClaim" in volume for volume in volumes):
        return
    for path, container in template_containers(tree):
        image, name = str(container.get("image", "")), str(container.get("name", ""))
        if _is_official_by_words(image) and _is_absent(tree, name):
            where, bare = f"{path}/image", repository(image)
            yield other_value(tree, "image", name, "", image, bare, where, source="default_tag", of=bare)


def _is_official_by_words(image: str) -> bool:
    """Whether it is an official image of Docker Hub, by a tag other than the default in which no number stands."""
    name = repository(image)
    tag = image.removeprefix(name).removeprefix(":")
    is_official = "/" not in name.removeprefix("docker.io/").removeprefix("library/")
    return is_official and "@" not in image and tag not in ("", DEFAULT_TAG) and not any(map(str.isdigit, tag))


def _is_absent(tree: WorkloadTree, name: str) -> bool:
    """Whether the registry says of each of its pods that it does not have the image of this container."""
    views = [view for pod in tree.pods for view in looks(pod, tree.subject, tree.events(pod), tree.now)]
    reasons = {why_not_pulled(view) for view in views if view.name == name}
    return reasons == {"not_found"}


def _lacks_program(tree: WorkloadTree, name: str) -> bool:
    """Whether each of its pods ends at once for want of the program."""
    statuses = [s for pod in tree.pods for s in o.status(pod).get("containerStatuses") or [] if s.get("name") == name]
    return bool(statuses) and all(_ends_without_program(status) for status in statuses)


def _ends_without_program(status: Obj) -> bool:
    state, last = status.get("state") or {}, status.get("lastState") or {}
    waiting, end = state.get("waiting") or {}, state.get("terminated") or last.get("terminated") or {}
    for one in (waiting, end):
        if one.get("reason") in START_REASONS and why_not_started(str(one.get("message") or "")) == "not_found":
            return True
    times = [o.instant(end.get(field)) for field in ("startedAt", "finishedAt")]
    if end.get("exitCode") != NO_PROGRAM or times[0] is None or times[1] is None:
        return False
    return times[1] - times[0] <= AT_ONCE
