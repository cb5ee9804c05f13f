"""Containers that share a pod: those that run while others fail or have ended, and those that something added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

DEFAULT: Final = "kubectl.kubernetes.io/default-container"
FAILS: Final = ("container.crash_looping", "container.start_failed", "container.image_pull_failed")
FAILS_TOO: Final = ("container.config_missing",)


def observe(pod: Obj, subject: Subject, facts: Sequence[Observation]) -> Iterator[Observation]:
    """That some containers of the pod run and others fail; `facts` are those already found on its containers."""
    names = [str(c.get("name", "")) for c in o.spec(pod).get("containers") or []]
    if len(names) < 2 or o.is_over(pod):
        return
    statuses = {str(s.get("name", "")): s for s in o.status(pod).get("containerStatuses") or []}
    failed = {str(x.attributes.get("container")): x for x in facts if x.code in (*FAILS, *FAILS_TOO)}
    failing = [name for name in names if name in failed]
    running = [n for n in names if n not in failed and "running" in (statuses.get(n, {}).get("state") or {})]
    if not failing or not running:
        return
    main = o.marks(pod).get(DEFAULT) or names[0]
    yield Observation(
        code="pod.partly_running",
        subject=subject,
        at=min((t for name in failing if (t := failed[name].at) is not None), default=None),
        attributes={"running": running, "failing": failing, "main_runs": "yes" if main in running else "no"},
        excerpt=next((failed[name].excerpt for name in failing if failed[name].excerpt), ""),
    )


def with_history(fact: Observation, pod: Obj, tree: WorkloadTree) -> Observation:
    """Of an image that cannot be had, whether the workload has run it before: then its name is right."""
    if fact.code != "container.image_pull_failed":
        return fact
    image, mine = str(fact.attributes.get("image", "")), o.owner(pod)[1]
    earlier = [o.template(s) for s in tree.sets if o.name(s) != mine]
    ran = [p for p in tree.pods if any("running" in (s.get("state") or {}) for s in _statuses(p, image))]
    is_known = any(c.get("image") == image for body in earlier for _, c in o.containers(body)) or bool(ran)
    return fact.model_copy(update={"attributes": fact.attributes | {"known": "yes" if is_known else "no"}})


def _statuses(pod: Obj, image: str) -> list[Obj]:
    """Of the containers of a pod that were made from this image."""
    names = {c.get("name") for _, c in o.containers(pod) if c.get("image") == image}
    return [s for s in o.status(pod).get("containerStatuses") or [] if s.get("name") in names]


def injected_containers(pod: Obj, template: Obj, subject: Subject) -> Iterator[Observation]:
    """Containers that the pod has and its workload does not declare: a webhook put them there."""
    declared_names = {c.get("name") for _, c in o.containers(template)}
    for _, container in o.containers(pod):
        if declared_names and container.get("name") not in declared_names:
            attributes = {"container": str(container.get("name", "")), "image": str(container.get("image", ""))}
            yield Observation(code="container.injected", subject=subject, attributes=attributes)


def held_open(tree: WorkloadTree) -> Iterator[Observation]:
    """Jobs whose pods cannot end: one of their containers has done its work, another never ends."""
    if tree.root.get("kind") not in ("Job", "CronJob"):
        return
    for pod in tree.pods:
        container_statuses = o.status(pod).get("containerStatuses") or []
        ends = {str(s.get("name")): t for s in container_statuses if (t := (s.get("state") or {}).get("terminated"))}
        running = [str(s.get("name")) for s in container_statuses if "running" in (s.get("state") or {})]
        if o.status(pod).get("phase") != "Running" or not running or not ends:
            continue
        done = [name for name, end in ends.items() if not end.get("exitCode")]
        if len(done) == len(ends):
            yield Observation(
                code="job.held_open",
                subject=tree.subject,
                at=max((t for end in ends.values() if (t := _finish_time(end)) is not None), default=None),
                attributes={"running": running, "ended": done},
            )
            return


def _finish_time(end: Obj) -> datetime | None:
    return o.instant(end.get("finishedAt"))
