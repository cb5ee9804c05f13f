"""Tool `kubectl_logs`: what the containers of a pod, or of a workload's pods, say."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import bounded
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.log_signs import signs
from mcp_servers.kit.near import near, offer
from mcp_servers.kubernetes import objects as o
from mcp_servers.kubernetes.asking import Api, ApiError
from mcp_servers.kubernetes.family import CONTROLLERS, by_name, gather, top
from mcp_servers.kubernetes.kinds import KINDS
from mcp_servers.kubernetes.objects import Obj
from mcp_servers.kubernetes.reading import Lists, gap, read

PODS: Final = 4
MOST_LINES: Final = 2_000
BYTES: Final = 1_000_000
TEXT: Final = 7_500
FACTS: Final = 20
OWNERS: Final = (*CONTROLLERS, "Pod")


@dataclass(frozen=True)
class Wanted:
    """One log to read: a run of a container."""

    pod: Obj
    container: str
    previous: bool

    @property
    def short(self) -> str:
        return f"{o.name(self.pod)}/{self.container}" + (" (previous run)" if self.previous else "")


@dataclass(frozen=True)
class Log:
    wanted: Wanted
    lines: list[tuple[datetime | None, str]]
    as_of: datetime | None
    covered: Coverage


class Logs:
    def __init__(self, api: Api) -> None:
        self._api = api

    def kubectl_logs(
        self,
        namespace: str,
        name: str,
        container: str = "",
        previous: bool = False,
        tail: int = 200,
        since_seconds: int = 0,
        contains: str = "",
    ) -> Answer:
        """The last lines of a pod's containers, or of up to 4 pods of a workload, those in trouble first.

        The run before the last crash is read too where a container crash-loops or has said nothing yet; `previous`
        reads only that. `contains` keeps lines with that text (any case). Errors in them become observations.
        """
        tail = max(1, min(tail, MOST_LINES))
        pods, relations, lists = self._pods(namespace, name)
        wanted = [w for pod in pods[:PODS] for w in _wanted(pod, container, previous)]
        if not wanted:
            names = sorted({str(c.get("name", "")) for p in pods for _, c in o.containers(p)})
            raise TeachingError(
                "not_found", f"container {container!r} of {namespace}/{name}", "there is none.", offer(names)
            )
        query: dict[str, str | int] = {"tailLines": tail, "limitBytes": BYTES, "timestamps": "true"}
        query |= {"sinceSeconds": since_seconds} if since_seconds > 0 else {}
        with ThreadPoolExecutor(PODS) as pool:
            logs = list(pool.map(lambda w: self._read(namespace, w, query, contains), wanted))
        logs += [
            self._read(namespace, Wanted(log.wanted.pod, log.wanted.container, True), query, contains)
            for log in logs
            if not log.lines and log.as_of and not log.wanted.previous and _ended_before(log.wanted)
        ]
        return self._answer(logs, len(pods), relations, lists, contains)

    def _pods(self, namespace: str, name: str) -> tuple[list[Obj], list[Relation], Lists]:
        """The pods meant by a name, those in trouble first."""
        kinds = ["Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]
        lists = read(self._api, namespace, kinds, required=["Pod"])
        assert lists.as_of is not None
        found = lists.named("Pod", name)
        if found is not None:
            family = gather(top(found, lists), lists, self._api.name, lists.as_of)
            about = [r for r in family.relations() if r.kind == "owns"]
            return [found], _towards(about, [found]), lists
        owner = by_name(name, "", lists)
        if owner is None:
            names = near(name, [o.name(x) for kind in OWNERS for x in lists.of(kind)])
            raise TeachingError("not_found", f"logs of {namespace}/{name}", "no pod or workload of it.", offer(names))
        family = gather(top(owner, lists), lists, self._api.name, lists.as_of)
        pods = sorted(family.pods, key=_healthy)
        if not pods:
            asked = f"logs of {family.subject.short}"
            raise TeachingError("not_found", asked, "it has no pods.", "kubectl_explain_workload may say why.")
        return pods, _towards([r for r in family.relations() if r.kind == "owns"], pods[:PODS]), lists

    def _read(self, namespace: str, wanted: Wanted, query: dict[str, str | int], contains: str) -> Log:
        looked_at = f"log of {wanted.short}"
        path = KINDS["Pod"].path(namespace, o.name(wanted.pod)) + "/log"
        params = query | {"container": wanted.container} | ({"previous": "true"} if wanted.previous else {})
        try:
            reply = self._api.text(path, params, asked=looked_at)
        except ApiError as problem:
            if problem.kind == "bad_request":  # the kubelet has no such run: there is nothing that was not seen
                return Log(wanted, [], None, Coverage(looked_at=looked_at, detail=str(problem)))
            return Log(wanted, [], None, gap(problem, looked_at))
        lines = [_stamped(line) for line in reply.body.splitlines()]
        cut = len(lines) >= int(query["tailLines"])
        kept = [(at, line) for at, line in lines if contains.lower() in line.lower()]
        covered = Coverage(
            looked_at=looked_at,
            state="truncated" if cut else "complete",
            start=next((at for at, _ in lines if at), None),
            end=reply.as_of,
            detail=f"the last {len(lines)} lines" if cut else "",
        )
        return Log(wanted, kept, reply.as_of, covered)

    def _answer(self, logs: Sequence[Log], pods: int, relations: list[Relation], lists: Lists, contains: str) -> Answer:
        assert lists.as_of is not None
        observations: list[Observation] = []
        for pod, lines in _by_pod(logs):
            if lines or any(log.as_of for log in logs if log.wanted.pod is pod):
                observations += signs(lines, o.subject(self._api.name, pod)) if lines else []
        observations.sort(key=lambda x: x.code == "log.no_errors")
        text = "\n\n".join(_section(log, contains) for log in logs)
        left_out = {"pods": max(0, pods - PODS), "observations": max(0, len(observations) - FACTS)}
        text, cut = bounded(text, TEXT)
        return Answer(
            text=text,
            as_of=max([log.as_of for log in logs if log.as_of] or [lists.as_of]),
            data={"logs": [_plain(log) for log in logs]},
            observations=observations[:FACTS],
            relations=relations,
            coverage=[log.covered for log in logs],
            left_out={what: count for what, count in (left_out | {"characters": cut}).items() if count},
        )


def _wanted(pod: Obj, container: str, previous: bool) -> list[Wanted]:
    """The runs worth reading of a pod: containers in trouble, with their run before; else all that are no init."""
    told = {s.get("name"): s for s in _statuses(pod)}
    names = [
        str(c["name"])
        for field, c in o.containers(pod)
        if c.get("name")
        and (c["name"] == container if container else field == "containers" or _troubled(told.get(c["name"], {})))
    ]
    found = []
    for name in names:
        looping = _looping(told.get(name, {}))
        if previous or looping:
            found.append(Wanted(pod, name, True))
        if not previous:
            found.append(Wanted(pod, name, False))
    return found


def _statuses(pod: Obj) -> list[Obj]:
    return [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]


def _troubled(told: Obj) -> bool:
    """Whether an init container is what holds the pod up."""
    state = told.get("state") or {}
    return bool(told.get("restartCount")) or bool((state.get("terminated") or {}).get("exitCode"))


def _looping(told: Obj) -> bool:
    """Whether its run before the present one exists and matters."""
    return bool(told.get("restartCount")) and not told.get("ready")


def _ended_before(wanted: Wanted) -> bool:
    told = next((s for s in _statuses(wanted.pod) if s.get("name") == wanted.container), {})
    return bool(told.get("restartCount")) and not _looping(told)


def _healthy(pod: Obj) -> tuple[bool, int, float]:
    """Pods in trouble first, then those that restarted most, then the newest."""
    restarts = sum(int(s.get("restartCount") or 0) for s in _statuses(pod))
    made = o.created(pod)
    return o.is_ready(pod), -restarts, -(made.timestamp() if made else 0.0)


def _stamped(line: str) -> tuple[datetime | None, str]:
    head, _, rest = line.partition(" ")
    at = o.instant(head)
    return (at, rest) if at else (None, line)


def _by_pod(logs: Sequence[Log]) -> list[tuple[Obj, list[tuple[datetime | None, str]]]]:
    """All lines of each pod once: a run that was read twice, as present and as previous, counts once."""
    found: dict[str, tuple[Obj, dict[tuple[Any, str], None]]] = {}
    for log in logs:
        _, lines = found.setdefault(o.name(log.wanted.pod), (log.wanted.pod, {}))
        lines.update(dict.fromkeys(log.lines))
    return [(pod, list(lines)) for pod, lines in found.values()]


def _section(log: Log, contains: str) -> str:
    head = f"### {log.wanted.short}"
    if log.as_of is None:
        return f"{head}\n{log.covered.detail}"
    if not log.lines:
        return f"{head}\nno lines" + (f" with {contains!r}" if contains else "")
    return "\n".join([head, *(f"{at:%H:%M:%S} {line}" if at else line for at, line in log.lines)])


def _plain(log: Log) -> dict[str, Any]:
    pod, container, previous = o.name(log.wanted.pod), log.wanted.container, log.wanted.previous
    return {"pod": pod, "container": container, "previous": previous, "lines": len(log.lines)}


def _towards(relations: list[Relation], pods: Sequence[Obj]) -> list[Relation]:
    """The owner chains of these pods alone."""
    names = {o.name(p) for p in pods}
    sources = {r.source.key for r in relations if r.target.name in names}
    return [r for r in relations if r.target.name in names or (r.target.key in sources)]
