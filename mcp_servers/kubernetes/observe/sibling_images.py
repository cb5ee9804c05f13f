"""The image that a workload evidently is to run, where its own cannot be pulled: the one that its siblings run."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.other_values import MUTABLE, other_value, template_containers
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import WORKLOADS
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """An image that cannot be pulled, while others run the same repository with one tag alone, or the same image with
    this tag from one other repository alone."""
    if tree.root["kind"] not in MUTABLE:
        return
    failing = {
        str(s.get("name"))
        for pod in tree.pods
        for s in [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
        if ((s.get("state") or {}).get("waiting") or {}).get("reason") in ("ErrImagePull", "ImagePullBackOff")
    }
    for path, container in template_containers(tree):
        image, name = str(container.get("image", "")), str(container.get("name", ""))
        if name not in failing:
            continue
        running = {
            str(other.get("image")): f"{root['kind']} {o.name(root)}"
            for kind in WORKLOADS
            for root in tree.lists.of(kind)
            if root is not tree.root and int(o.status(root).get("readyReplicas") or 0)
            for _, other in o.containers(o.template(root))
            if _is_other_source(str(other.get("image", "")), image)
        }
        if len(running) == 1 and image not in running:
            (good_image, of), *_ = running.items()
            yield other_value(tree, "image", name, "", image, good_image, f"{path}/image", source="sibling", of=of)


def _is_other_source(image: str, own: str) -> bool:
    """Whether it is another tag of the image that is meant, or the same image with the same tag from elsewhere."""
    other_name, name = (one.rpartition("/")[2] for one in (image, own))
    same = other_name == name and ":" in name and not name.endswith(":latest")
    return same or repository(image) == repository(own) != ""


def repository(image: str) -> str:
    """An image reference without its tag and digest."""
    name = image.split("@")[0]
    head, _, tail = name.rpartition(":")
    return head if head and "/" not in tail else name
