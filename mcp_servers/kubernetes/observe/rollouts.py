"""What a rollout shows: when the newest revision came, what it changed, whether its pods fail, what served before."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.other_values import of_revision
from mcp_servers.kubernetes.observe.pods import start_time
from mcp_servers.kubernetes.observe.workloads import desired
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.revisions import Revision, earlier, grown_to, revisions, rollout_start
from mcp_servers.kubernetes.snapshot.template_changes import affected_parts, changes
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

FAILS: Final = frozenset(
    {"container.crash_looping", "container.image_pull_failed", "container.config_missing", "container.start_failed"}
    | {"container.oom_killed", "pod.mount_failed", "pod.failed"}
)
PATIENCE: Final = timedelta(seconds=120)  # unready pods are given as long beside what their probes ask for
BELONGS: Final = timedelta(hours=1)  # failures that begin later after a rollout are not the rollout's
SERVED: Final = timedelta(minutes=2)
BEFORE_THE_FIRST: Final = timedelta(seconds=90)  # that init containers are given
ENDING: Final = timedelta(seconds=60)  # in which pods end that are not wanted any more, before new ones are made
CHANGES_SHOWN: Final = 12
Facts = Mapping[str, Sequence[Observation]]  # observations by pod name


def observe(tree: WorkloadTree, by_pod: Facts) -> list[Observation]:
    """Facts on the rollout of the family's root; `by_pod` are those already found on its pods."""
    history = revisions(tree)
    if not history:
        return []
    newest, since = history[0], rollout_start(tree, history)
    before = history[1] if len(history) > 1 else None
    result = []
    if before is not None or newest.number > 1:
        result.append(_rollout_observation(tree, newest, before, since))
    if stall := _stall(tree, newest, since):
        result.append(stall)
    result += _failing(tree, newest, since, by_pod)
    sound = [r for r in history[1:] if r.ready or not _has_failed(tree, r)]
    back = earlier([newest, *sound]) or earlier(history)
    if back is not None:
        attributes = {"revision": back.number, "image": back.image, "ready": back.ready}
        result.append(
            Observation(
                code="rollout.earlier_revision", subject=tree.subject, at=back.created_at, attributes=attributes
            )
        )
        if _is_healthy(back, by_pod) or _served_before(tree, back, since):
            about = {"revision": back.number}
            result.append(
                Observation(code="rollout.earlier_healthy", subject=tree.subject, at=back.created_at, attributes=about)
            )
            result += of_revision(tree, newest.template, back)
    return result


def _rollout_observation(
    tree: WorkloadTree, newest: Revision, before: Revision | None, since: datetime | None
) -> Observation:
    attributes: dict[str, Any] = {**_number_attribute(newest), "image": newest.image}
    if before is not None:
        change_list = changes(before.template, newest.template)
        attributes |= {"changes": change_list[:CHANGES_SHOWN]} | affected_parts(change_list)
        attributes |= {"revision_before": before.number} if before.number else {}
        if len(change_list) > CHANGES_SHOWN:
            attributes["changes"].append(f"and {len(change_list) - CHANGES_SHOWN} more")
    text = "; ".join(attributes.get("changes", []))
    return Observation(
        code="rollout.started", subject=tree.subject, at=since, attributes=attributes, excerpt=excerpt(text)
    )


def _number_attribute(revision: Revision) -> dict[str, Any]:
    return {"revision": revision.number} if revision.number else {}


def _stall(tree: WorkloadTree, newest: Revision, since: datetime | None) -> Observation | None:
    """The controller says so; or, for kinds that never say it, updated pods are missing for long."""
    condition = o.condition(tree.root, "Progressing")
    attributes: dict[str, Any] = _number_attribute(newest)
    if condition.get("status") == "False" and condition.get("reason") == "ProgressDeadlineExceeded":
        return Observation(
            code="rollout.stuck",
            subject=tree.subject,
            at=o.instant(condition.get("lastTransitionTime")),
            attributes={**attributes, "reason": "ProgressDeadlineExceeded"},
            excerpt=excerpt(str(condition.get("message") or "")),
        )
    if tree.root["kind"] == "Deployment" or since is None:
        return None
    limit = timedelta(seconds=600)
    if newest.ready >= desired(tree.root) or tree.now - since < limit:
        return None
    attributes["reason"] = f"{newest.ready} of {desired(tree.root)} pods are ready after {limit.seconds} s"
    return Observation(code="rollout.stuck", subject=tree.subject, at=since + limit, attributes=attributes)


def _failing(tree: WorkloadTree, newest: Revision, since: datetime | None, by_pod: Facts) -> list[Observation]:
    """Pods of the newest revision that fail since it came. What served for long before is another trouble."""
    failing = [
        p
        for p in newest.pods
        if (failed_at := _failed_at(p, by_pod.get(o.name(p), []), tree)) is not None
        and (since is None or failed_at - since < BELONGS)
    ]
    if not failing:
        return []
    facts = [x for p in failing for x in by_pod.get(o.name(p), []) if x.code in FAILS]
    attributes: dict[str, Any] = {**_number_attribute(newest), "failing": len(failing), "of": len(newest.pods)}
    return [
        Observation(
            code="rollout.newest_failing",
            subject=tree.subject,
            at=min((x.at for x in facts if x.at), default=since),
            attributes=attributes,
            excerpt=next((x.excerpt for x in facts if x.excerpt), ""),
        )
    ]


def _failed_at(pod: Obj, facts: Sequence[Observation], tree: WorkloadTree) -> datetime | None:
    """When the pod began to fail, as early as anything shows it; None when it does not fail."""
    ready = any(x.code == "pod.ready" for x in facts)
    failed = [x for x in facts if x.code in FAILS and not (ready and x.code in ("container.oom_killed", "pod.failed"))]
    if ready and not any(x.code == "container.crash_looping" for x in failed):
        return None
    late = any(x.code == "pod.not_ready" for x in facts) and _age(pod, tree.now) > PATIENCE + start_time(pod)
    if not failed and not late and not _hopeless(pod, facts, tree):
        return None
    times = [x.at for x in failed if x.at is not None]
    if not times:
        times = [x.at for x in facts if x.code == "pod.not_ready" and x.at is not None]
    return min(times, default=o.created_at(pod) or tree.now)


def _hopeless(pod: Obj, facts: Sequence[Observation], tree: WorkloadTree) -> bool:
    """Whether waiting longer does not help: an answer that says that nobody knows what the probe asks, or an init
    container that has had its time."""
    refused = any(
        x.code == "container.probe_failing" and str(x.attributes.get("status", "")).startswith("4") for x in facts
    )
    is_held = any(x.code == "container.init_unfinished" for x in facts)
    return refused or (is_held and _age(pod, tree.now) > BEFORE_THE_FIRST)


def _age(pod: Obj, now: datetime) -> timedelta:
    created = o.created_at(pod)
    return now - created if created else PATIENCE * 1000


def _is_healthy(back: Revision, by_pod: Facts) -> bool:
    """Pods of it serve now, and none of these is in trouble."""
    serving = [p for p in back.pods if o.is_ready(p)]
    return bool(serving) and not any(
        x.code in FAILS for p in serving for x in by_pod.get(o.name(p), []) if x.code != "pod.failed"
    )


def _served_before(tree: WorkloadTree, back: Revision, since: datetime | None) -> bool:
    """Whether the workload was available when the newest revision came, as its Available condition tells."""
    condition = o.condition(tree.root, "Available")
    turned_at = o.instant(condition.get("lastTransitionTime"))
    if since is None or turned_at is None or _has_failed(tree, back):
        return False
    if condition.get("status") == "True":
        return turned_at < since
    was_stable = back.created_at is not None and since - back.created_at >= SERVED
    return turned_at >= since - ENDING and was_stable


def _has_failed(tree: WorkloadTree, revision: Revision) -> bool:
    """Whether events, which outlive the pods, tell that its pods failed or that it never had all of them."""
    most = grown_to(tree, revision)
    if most is not None and most < desired(tree.root):
        return True
    return bool(tree.lists.by("Event", _failed_stem).get(revision.name))


def _failed_stem(event: Obj) -> tuple[Hashable, ...]:
    """What the pod's name begins with, of an event that tells of its failure."""
    kind, name = o.involved(event)
    return (name.rpartition("-")[0],) if kind == "Pod" and event.get("reason") in ("BackOff", "Failed") else ()
