"""What the API server refuses to create for a workload: its pods, or the Jobs of a CronJob, and on whose account."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.observe.workloads import desired
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

REFUSAL_MEMORY: Final = timedelta(minutes=30)  # controllers try again at most every 16 minutes
FORGOTTEN: Final = timedelta(hours=6)  # longer than events are kept
_RIGHTS: Final = re.compile(
    r"User \"system:serviceaccount:(?P<place>[^:\"]+):(?P<account>[^\"]+)\" cannot (?P<verb>\w+) resource"
    r" \"(?P<resource>[^\"]+)\"(?:.*?in the namespace \"(?P<namespace>[^\"]+)\")?"
)
_REFUSED: Final = (
    ("rights", re.compile(r"User \"[^\"]+\" cannot \w+ resource")),
    ("quota", re.compile(r"exceeded quota|failed quota|resourcequota", re.I)),
    ("service_account", re.compile(r"serviceaccount|service account", re.I)),
    ("webhook", re.compile(r"failed calling webhook|failed to call webhook", re.I)),
    ("range", re.compile(r"(?:maximum|minimum) .* usage per|max limit to request ratio|limit to request ratio", re.I)),
    ("admission", re.compile(r"webhook|violates|PodSecurity|admission|is forbidden|is invalid", re.I)),
)
_BY: Final = re.compile(
    r"(?:exceeded|failed) quota: ([\w.-]+)|webhook \"([^\"]+)\"|violates (PodSecurity \"[^\"]+\")"
    r"|[Aa]dmission[Pp]olicy '([^']+)'",
)


_CALL: Final = (
    ("no_endpoints", re.compile(r"no endpoints available|service \"[^\"]+\" not found", re.I)),
    ("refused", re.compile(r"connection refused|no route to host", re.I)),
    ("timeout", re.compile(r"deadline exceeded|tim(?:ed|e)[ -]?out|Client\.Timeout", re.I)),
)


def observe(tree: WorkloadTree) -> list[Observation]:
    """The refusal that stands now: by the ReplicaFailure condition, else by FailedCreate events while pods are missing.

    Of a CronJob: that of its newest Job, else that of Jobs themselves.
    """
    root = tree.root
    if root["kind"] == "Pod":
        return []
    if root["kind"] == "CronJob":
        newest = tree.sets[:1]
        of_job = [x for job in newest for x in _of_job(tree, job)]
        return of_job or _recorded_refusals(tree, [root], since=o.created_at(newest[0]) if newest else None)
    if root["kind"] == "Job":
        return _of_job(tree, root)
    for owner in (root, *tree.sets):
        condition = o.condition(owner, "ReplicaFailure")
        if condition.get("status") == "True":
            return _refusal(tree, str(condition.get("message") or ""), o.instant(condition.get("lastTransitionTime")))
    if len([p for p in tree.pods if not o.is_over(p)]) >= desired(root):
        return []
    return _recorded_refusals(tree, (root, *tree.sets))


def _of_job(tree: WorkloadTree, job: Obj) -> list[Observation]:
    """Of a Job that runs or that ended without ever having had a pod."""
    status = o.status(job)
    over = any(o.condition(job, kind).get("status") == "True" for kind in ("Complete", "Failed"))
    had = any(status.get(name) for name in ("succeeded", "failed")) or bool(tree.owned_by(job))
    alive = [pod for pod in tree.owned_by(job) if not o.is_over(pod)]
    if (over and had) or len(alive) >= int(o.spec(job).get("parallelism") or 1):
        return []
    return _recorded_refusals(tree, [job], memory=FORGOTTEN if over else REFUSAL_MEMORY)


def _recorded_refusals(
    tree: WorkloadTree, owners: Iterable[Obj], *, memory: timedelta = REFUSAL_MEMORY, since: datetime | None = None
) -> list[Observation]:
    """By the newest FailedCreate event of the owners, of those after `since`."""
    events = [e for owner in owners for e in tree.events(owner) if e.get("reason") == "FailedCreate"]
    recent = [e for e in events if (t := o.last_seen(e)) and tree.now - t < memory and (since is None or t > since)]
    return _refusal(tree, str(recent[-1].get("message", "")), o.first_seen(recent[-1])) if recent else []


def account(scope: str, message: str) -> Subject | None:
    """The service account that the message says has no right to create it."""
    match = _RIGHTS.search(message)
    if match is None:
        return None
    return Subject(scope=scope, kind="ServiceAccount", namespace=match["place"], name=match["account"])


def _refusal(tree: WorkloadTree, message: str, at: datetime | None) -> list[Observation]:
    """The refusal, and where a right is missing that on the account that lacks it."""
    reason = next((name for name, pattern in _REFUSED if pattern.search(message)), "unknown")
    by = _BY.search(message)
    attributes: dict[str, Any] = {
        "reason": reason,
        "message": excerpt(message),
        "by": next(filter(None, by.groups()), "") if by else "",
    }
    if reason == "webhook":
        attributes |= _call(message)
    refusal = Observation(
        code="workload.pods_refused", subject=tree.subject, at=at, attributes=attributes, excerpt=excerpt(message)
    )
    match, without = _RIGHTS.search(message), account(tree.scope, message)
    if match is None or without is None:
        return [refusal]
    lacks = {name: match[name] or "" for name in ("verb", "resource", "namespace")}
    denied = Observation(code="access.denied", subject=without, at=at, attributes=lacks, excerpt=excerpt(message))
    return [refusal, denied]


def _call(message: str) -> dict[str, str]:
    """How the call of a webhook failed, in the words of the API server that made it."""
    from mcp_servers.signals.logs.denials import certificate  # noqa: PLC0415 - the list of tools needs none of it

    if certificate_error := certificate(message):
        return {"call": "certificate", "certificate": certificate_error[1]["why"]}
    return {"call": next((name for name, pattern in _CALL if pattern.search(message)), "unknown")}
