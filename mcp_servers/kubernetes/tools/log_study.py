"""Tool `kubectl_study_logs`: what the logs of a pod or workload contain, counted over all their lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest, runs
from mcp_servers.kubernetes.tools.log_streams import MOST_LINES, StreamedRun, read_run
from mcp_servers.kubernetes.tools.logs import PODS, KubernetesLogs
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import instant

if TYPE_CHECKING:
    from mcp_servers.signals.logs.studied_log import Span, StudiedLog


class LogStudy:
    def __init__(self, api: Api) -> None:
        self._api, self._logs = api, KubernetesLogs(api)

    @read_tool("Study pod logs")
    def kubectl_study_logs(
        self,
        namespace: inputs.Namespace,
        name: inputs.LogName,
        container: inputs.Container = "",
        previous: inputs.Previous = False,
        contains: inputs.ContainsAll = None,
        level: inputs.Level = "",
        start: inputs.StartOrNone = "",
        end: inputs.EndOrNone = "",
        numbers: inputs.Numbers = None,
        about: inputs.Topic = "",
        limit: inputs.LineLimit = 20,
        oldest: inputs.Oldest = False,
        most_lines: inputs.MostLines = MOST_LINES,
    ) -> Answer:
        """Everything in the logs of a pod, or of up to 4 pods of a workload: how many lines match, the last of
        them, the kinds of lines with their counts, and the figures in lines with their trend.

        `contains` keeps lines with all these texts (any case), `level` (error, warning) lines of that severity or
        worse, `start` and `end` a period. `numbers` names a figure by words in its line or field (render, response
        time). `about` narrows to the sections of the log that start with a line about it, such as a request id. The
        newest `most_lines` of each container are read. `data` holds read, matched, lines (the newest `limit`, or the
        `oldest`), kinds and measures. What a long log shows as a whole becomes observations: a flood of lines with the
        rare line before it, a figure that grew, an address that sent most, a change of the rate.
        """
        from mcp_servers.signals.logs.studied_log import LEVELS, StudiedLog  # noqa: PLC0415 - the list of tools needs none of it

        if level and level not in LEVELS:
            raise TeachingError("bad_request", f"level={level!r}", f"is not one of {', '.join(LEVELS)}.")
        span = self._span(start, end)
        pods, relations, lists = self._logs.pods_meant(namespace, name)
        wanted_runs = [w for pod in pods[:PODS] for w in runs(pod, container, previous)]
        if not wanted_runs:
            there = sorted({str(c.get("name", "")) for p in pods for _, c in o.containers(p)})
            request = f"container {container!r} of {namespace}/{name}"
            raise TeachingError("not_found", request, "it does not exist.", offer(there))
        study = StudiedLog(contains or [], level, about, span, limit)
        read = [self._read(namespace, run, study, most_lines) for run in wanted_runs]
        subject = o.subject(self._api.name, pods[0])
        data = study.plain(numbers or [], oldest)
        data |= {"pods": [o.name(p) for p in pods], "runs": [_run(run) for run in read]}
        return Answer(
            text=_text(data, contains or [], level),
            as_of=max([run.as_of for run in read if run.as_of] or [lists.as_of or datetime.min]),
            data=data,
            observations=study.shape(subject),
            relations=relations,
            coverage=[run.coverage for run in read],
            left_out={"pods": len(pods) - PODS} if len(pods) > PODS else {},
        )

    def _read(self, namespace: str, run: LogRequest, study: StudiedLog, most_lines: int) -> StreamedRun:
        take = study.of_pod(o.name(run.pod))
        return read_run(self._api, namespace, run, take, most_lines)

    def _span(self, start: str, end: str) -> Span:
        """From when and until when lines are read; None where that is open."""
        since = instant(start, "start", self._api.now) if start else None
        return since, instant(end, "end", self._api.now) if end else None


def _run(log: StreamedRun) -> dict[str, Any]:
    run = log.request
    return {
        "pod": o.name(run.pod),
        "container": run.container,
        "previous": run.previous,
        "lines": log.lines,
        "problem": log.coverage.detail if log.as_of is None else "",
    }


def _text(data: dict[str, Any], contains: Sequence[str], level: str) -> str:
    what = " and ".join([*map(repr, contains), *([f"level {level}"] if level else [])])
    head = f"{data['matched']} of {data['read']} lines" + (f" with {what}." if what else ".")
    rows = [[k["count"], k["severity"], untrusted(k["pattern"])] for k in data["kinds"]]
    lines = [[line["at"], line["pod"], untrusted(line["text"])] for line in data["lines"]]
    numbers = [
        [untrusted(m["name"]), m["unit"], m["count"], m["least"], m["middle"], m["most"]] for m in data["measures"]
    ]
    parts = [head]
    parts += [table(["count", "severity", "kind"], rows, 240)] if rows else []
    parts += [table(["number", "unit", "count", "least", "middle", "most"], numbers)] if numbers else []
    parts += [table(["at", "pod", "line"], lines, 240)] if lines else []
    return "\n\n".join(parts)
