"""Tool `kubectl_logs`: the logs of a pod's containers, or of a workload's pods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt, within
from mcp_servers.contract.facts import Answer, Coverage, CoverageState, Observation, Relation
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.observe import listening as extract_listening
from mcp_servers.kubernetes.observe.calls import resolved
from mcp_servers.kubernetes.observe.settings import address_settings
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest, ended_before, healthy, runs, spread
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, gap, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, behind, by_name, gather, top, workload_trees
from mcp_servers.kubernetes.tools import log_pages
from mcp_servers.kubernetes.tools.long_logs import long_log
from mcp_servers.kubernetes.tools.run_logs import ContainerRunLog, by_pod, plain, section, signs_of_pod
from mcp_servers.serving import cursors
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

PODS: Final = 4
WORKLOADS: Final = 8  # of a namespace of which no name is given
MOST_LINES: Final = 2_000
BYTES: Final = 1_000_000
TEXT: Final = 7_000  # characters of lines in one answer
FACTS: Final = 20
OWNERS: Final = (*CONTROLLERS, "Pod")


@dataclass(frozen=True)
class PodLogRead:
    """What one call read, kept for the further pages of its answer; `arguments` are those of the call."""

    arguments: tuple[object, ...]
    logs: list[ContainerRunLog]
    pods: int
    relations: list[Relation]
    lists: Lists

    @property
    def as_of(self) -> datetime:
        assert self.lists.as_of is not None
        return max([log.as_of for log in self.logs if log.as_of] or [self.lists.as_of])


class KubernetesLogs:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._last: PodLogRead | None = None

    @read_tool("Pod logs")
    def kubectl_logs(
        self,
        namespace: inputs.Namespace,
        name: inputs.LogNameOrNamespace,
        container: inputs.Container = "",
        previous: inputs.Previous = False,
        tail: inputs.Tail = 200,
        since_seconds: inputs.SinceSeconds = 0,
        contains: inputs.Contains = "",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """The last lines of a pod's containers, or of up to 4 pods of a workload (or behind a Service), those in
        trouble first, from different nodes. Without a `name`: of a pod of each of up to 8 workloads of the namespace.

        The run before the last crash is read too if a container crash-loops or has logged nothing yet; `previous`
        reads only that. `contains` keeps lines with that text (ignoring case). Errors become observations, with the
        Service that a failed connection was for. A long log is shown with its beginning and end, the rest with the
        `cursor` in `data`; further lines before it are searched for what came before a flood, grew, or sent most.
        """
        arguments = (namespace, name, container, previous, tail, since_seconds, contains)
        if cursor:
            return self._further(cursor, arguments)
        read = self._last = self._read(*arguments)
        return self._first(read, namespace, contains)

    def _read(
        self, namespace: str, name: str, container: str, previous: bool, tail: int, since_seconds: int, contains: str
    ) -> PodLogRead:
        arguments = (namespace, name, container, previous, tail, since_seconds, contains)
        tail = max(1, min(tail, MOST_LINES))
        pods, relations, lists = self.pods_meant(namespace, name)
        wanted_runs = [w for pod in pods[: _most(name)] for w in runs(pod, container, previous)]
        if not wanted_runs:
            names = sorted({str(c.get("name", "")) for p in pods for _, c in o.containers(p)})
            raise TeachingError(
                "not_found", f"container {container!r} of {namespace}/{name}", "it does not exist.", offer(names)
            )
        query: dict[str, str | int] = {"tailLines": tail, "limitBytes": BYTES, "timestamps": "true"}
        query |= {"sinceSeconds": since_seconds} if since_seconds > 0 else {}
        logs = at_once(lambda w: self.read(namespace, w, query, contains), wanted_runs, PODS)
        logs += [
            self.read(namespace, LogRequest(log.request.pod, log.request.container, True), query, contains)
            for log in logs
            if not log.lines and log.as_of and not log.request.previous and ended_before(log.request)
        ]
        return PodLogRead(arguments, logs, len(pods), relations, lists)

    def pods_meant(self, namespace: str, name: str) -> tuple[list[Obj], list[Relation], Lists]:
        """The pods meant by a name, those in trouble first; without one a pod of each workload of the namespace."""
        kinds = ["Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service"]
        lists = read(self._api, namespace, kinds, required=["Pod"])
        assert lists.as_of is not None
        if not name:
            return self._one_of_each(namespace, lists)
        pod = lists.by_name("Pod", name)
        if pod is not None:
            tree = gather(top(pod, lists), lists, self._api.name, lists.as_of)
            about = [r for r in tree.relations() if r.kind == "owns"]
            return [pod], _towards(about, [pod]), lists
        owner = by_name(name, "", lists)
        if owner is None:
            names = near(name, [o.name(x) for kind in OWNERS for x in lists.of(kind)])
            raise TeachingError(
                "not_found", f"logs of {namespace}/{name}", "no pod or workload has this name.", offer(names)
            )
        roots = behind(owner, lists) if owner["kind"] == "Service" else [top(owner, lists)]
        trees = [gather(root, lists, self._api.name, lists.as_of) for root in roots]
        pods = spread(sorted((pod for tree in trees for pod in tree.pods), key=healthy))
        if not pods:
            request = f"logs of {o.subject(self._api.name, owner).short}"
            raise TeachingError("not_found", request, "it has no pods.", "kubectl_explain_workload may show why.")
        return pods, _towards([r for tree in trees for r in tree.relations() if r.kind == "owns"], pods[:PODS]), lists

    def _one_of_each(self, namespace: str, lists: Lists) -> tuple[list[Obj], list[Relation], Lists]:
        """Of each workload the pod that is in most trouble."""
        assert lists.as_of is not None
        trees = workload_trees(lists, self._api.name, lists.as_of)
        alive = [[pod for pod in tree.pods if o.status(pod).get("phase") != "Succeeded"] for tree in trees]
        pods = sorted((min(some, key=healthy) for some in alive if some), key=healthy)
        if not pods:
            raise TeachingError("not_found", f"logs of namespace {namespace}", "it has no pods.")
        owns = [r for tree in trees for r in tree.relations() if r.kind == "owns"]
        return pods, _towards(owns, pods[: _most("")]), lists

    def read(
        self, namespace: str, log_request: LogRequest, query: dict[str, str | int], contains: str
    ) -> ContainerRunLog:
        looked_at = f"log of {log_request.short}"
        path = KINDS["Pod"].path(namespace, o.name(log_request.pod)) + "/log"
        params = query | {"container": log_request.container} | ({"previous": "true"} if log_request.previous else {})
        try:
            reply = self._api.text(path, params, request=looked_at)
        except ApiError as problem:
            if problem.kind == "bad_request":  # the kubelet has no such run: there is nothing that was not seen
                return ContainerRunLog(log_request, [], None, Coverage(looked_at=looked_at, detail=str(problem)))
            return ContainerRunLog(log_request, [], None, gap(problem, looked_at))
        every = [_with_time(line) for line in _lines(reply.body, int(query["limitBytes"]))]
        lines = [(at, line) for at, line in every if at] if "timestamps" in query else every
        of_kubelet = " ".join(line for at, line in every if not at and line) if len(lines) < len(every) else ""
        cut = len(lines) >= int(query["tailLines"])
        matching_lines = [(at, line) for at, line in lines if contains.lower() in line.lower()]
        coverage = Coverage(
            looked_at=looked_at,
            state=_state(bool(lines), cut, of_kubelet),
            start=next((at for at, _ in lines if at), None),
            end=reply.as_of,
            detail=_detail(len(lines), cut, of_kubelet),
        )
        return ContainerRunLog(log_request, matching_lines, reply.as_of, coverage)

    def _first(self, read: PodLogRead, namespace: str, contains: str) -> Answer:
        from mcp_servers.signals.logs import listening  # noqa: PLC0415 - the list of tools needs none of it
        from mcp_servers.signals.logs.assignments import unassigned  # noqa: PLC0415
        from mcp_servers.signals.logs.timings import slow_calls  # noqa: PLC0415

        observations: list[Observation] = []
        listeners: list[Observation | Relation] = []
        for pod, lines in by_pod(read.logs):
            listeners += extract_listening.observe(pod, listening.ports(lines), self._api.name, read.lists)
            subject = o.subject(self._api.name, pod)
            by_line = [*slow_calls(lines, subject), *unassigned(lines, subject)]
            observations += [*by_line, *signs_of_pod(pod, read.logs, subject)] if lines else []
        observations.sort(key=lambda x: x.code == "log.no_errors")
        longer = [log.request for log in read.logs if log.coverage.state == "truncated" and not contains]
        whole = [long_log(self._api, namespace, run) for run in longer]
        observations = [*(sign for one in whole for sign in one.decisive), *observations]
        resolved_calls = resolved(self._api, observations, read.lists.of("Pod"))
        stands = address_settings(self._api, observations, [log.request.pod for log in read.logs], read.lists)
        page = log_pages.first([section(log, contains) for log in read.logs], TEXT)
        limit = min(FACTS, len(observations))
        return self._answer(
            read,
            page,
            observations=[
                *resolved_calls.observations[:limit],
                *resolved_calls.observations[len(observations) :],
                *stands.observations,
                *(sign for one in whole for sign in one.shape),
                *(x for x in listeners if isinstance(x, Observation)),
            ],
            relations=[
                *read.relations,
                *resolved_calls.relations,
                *stands.relations,
                *(x for x in listeners if isinstance(x, Relation)),
            ],
            coverage=[
                *(log.coverage for log in read.logs),
                *(one.coverage for one in whole),
                *resolved_calls.coverage,
                *stands.coverage,
            ],
            left_out={
                "pods": max(0, read.pods - _most(str(read.arguments[1]))),
                "observations": len(observations) - limit,
            },
        )

    def _further(self, cursor: str, arguments: tuple[Any, ...]) -> Answer:
        """From what was read for the first page; where that is gone, from the same lines read again."""
        place = cursors.read(cursor, "offset", "until")
        start, until = cursors.offset(cursors.encode(offset=place["offset"])), o.instant(place["until"])
        read = self._last
        if read is None or read.arguments != arguments or read.as_of != until:
            read = self._read(*arguments)
            logs = [replace(log, lines=[x for x in log.lines if not (until and x[0] and x[0] > until)])
                    for log in read.logs]  # fmt: skip
            read = replace(read, logs=logs)
        page = log_pages.further([section(log, str(arguments[-1])) for log in read.logs], TEXT, start)
        return self._answer(read, page, until=str(place["until"]), coverage=[log.coverage for log in read.logs])

    def _answer(
        self,
        read: PodLogRead,
        page: log_pages.LogPage,
        *,
        until: str = "",
        left_out: dict[str, int] | None = None,
        **left_out_counts: Any,
    ) -> Answer:
        more = cursors.encode(offset=page.after, until=until or read.as_of.isoformat()) if page.remaining else ""
        return Answer(
            text=page.text + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=read.as_of,
            data={"logs": [plain(log) for log in read.logs], "cursor": more},
            left_out={what: count for what, count in ({"lines": page.remaining} | (left_out or {})).items() if count},
            **left_out_counts,
        )


def _most(name: str) -> int:
    """How many pods are read."""
    return PODS if name else WORKLOADS


def _with_time(line: str) -> tuple[datetime | None, str]:
    head, _, rest = within(line).partition(" ")
    at = o.instant(head)
    return (at, rest) if at else (None, within(line))


def _lines(body: str, limit: int) -> list[str]:
    """The lines of a log; one that the limit of bytes cut has no stamp, and is left out."""
    lines = body.split("\n")  # other breaks, as of a progress bar, are inside a line and have no stamp of their own
    last = lines.pop()
    return (
        lines
        if not last or (len(body.encode()) >= limit and o.instant(last.partition(" ")[0]) is None)
        else [*lines, last]
    )


def _state(any_line: bool, cut: bool, of_kubelet: str) -> CoverageState:
    """A line that the kubelet gave no time is its own, not the program's: it says why there is no log, or no more."""
    if of_kubelet:
        return "partial" if any_line else "unavailable"
    return "truncated" if cut else "complete"


def _detail(lines: int, cut: bool, of_kubelet: str) -> str:
    if of_kubelet:
        return f"the kubelet says: {excerpt(of_kubelet)}"
    return f"the last {lines} lines" if cut else ""


def _towards(relations: list[Relation], pods: Sequence[Obj]) -> list[Relation]:
    """The owner chains of these pods alone."""
    names = {o.name(p) for p in pods}
    sources = {r.source.key for r in relations if r.target.name in names}
    return [r for r in relations if r.target.name in names or (r.target.key in sources)]
