"""Tool `kubectl_study_logs`: what the logs of a pod or workload contain, counted over all their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.log_runs import runs
from mcp_servers.kubernetes.tools.logs import PODS, ContainerRunLog, KubernetesLogs
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.near_names import offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import instant, rfc3339
from mcp_servers.signals.logs.lines import ERROR, WARNING, read_line, severity, unwrapped
from mcp_servers.signals.logs.outlines import Measure, OutlineKind, kinds, measures, outlines

READ: Final = 300_000  # lines of one run
BYTES: Final = 64_000_000
ROOM: Final = 4_000  # characters of JSON for lines, and as many for kinds
KINDS: Final = 12
MEASURES: Final = 8
LINE: Final = 400
RARE: Final = 3  # lines of a kind at most, so that it tells of an event and not of work
BEFORE: Final = 2  # of these that stand last before the trouble
LEVELS: Final = {"error": (ERROR,), "warning": (WARNING, ERROR)}
_DIGITS: Final = re.compile(r"\d+")


class StudiedLine(NamedTuple):
    at: datetime | None
    pod: str
    text: str


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
        most_lines: inputs.MostLines = READ,
    ) -> Answer:
        """Everything in the logs of a pod, or of up to 4 pods of a workload: how many lines match, the last of
        them, the kinds of lines with their counts, and the figures in lines with their trend.

        `contains` keeps lines with all these texts (any case), `level` (error, warning) lines of that severity or
        worse, `start` and `end` a period. `numbers` names a figure by words in its line or field (render, response
        time). `about` narrows to the sections of the log that start with a line about it, such as a request id. The
        newest `most_lines` of each container are read. `data` holds read, matched, lines (the newest `limit`, or the
        `oldest`), kinds, measures, and `before`: the rare lines right before the first error (or warning).
        """
        if level and level not in LEVELS:
            raise TeachingError("bad_request", f"level={level!r}", f"is not one of {', '.join(LEVELS)}.")
        span = self._span(start, end)
        pods, relations, lists = self._logs.pods_meant(namespace, name)
        wanted = [w for pod in pods[:PODS] for w in runs(pod, container, previous)]
        if not wanted:
            there = sorted({str(c.get("name", "")) for p in pods for _, c in o.containers(p)})
            asked = f"container {container!r} of {namespace}/{name}"
            raise TeachingError("not_found", asked, "it does not exist.", offer(there))
        query: dict[str, str | int] = {
            "tailLines": max(1, min(most_lines, READ)),
            "limitBytes": BYTES,
            "timestamps": "true",
        }
        logs = at_once(lambda w: self._logs.read(namespace, w, query, ""), wanted, PODS)
        every = _within(
            [StudiedLine(at, o.name(log.request.pod), text) for log in logs for at, text in log.lines], *span
        )
        topical = of_topic(every, about) if about else every
        chosen = _chosen(topical, contains or [], level)
        as_of = max([log.as_of for log in logs if log.as_of] or [lists.as_of or datetime.min])
        data = _told(chosen, numbers or [], limit, oldest, len(logs) > 1) | {
            "read": len(every),
            "pods": [o.name(p) for p in pods],
        }
        data |= {"runs": [_run(log) for log in logs]}
        return Answer(
            text=_text(data, contains or [], level),
            as_of=as_of,
            data=data,
            relations=relations,
            coverage=[log.covered for log in logs],
            left_out={"pods": len(pods) - PODS} if len(pods) > PODS else {},
        )

    def _span(self, start: str, end: str) -> tuple[datetime | None, datetime | None]:
        """From when and until when lines are read; None where that is open."""
        since = instant(start, "start", self._api.now) if start else None
        return since, instant(end, "end", self._api.now) if end else None


def of_topic(lines: Sequence[StudiedLine], topic: str) -> list[StudiedLine]:
    """The lines of the parts that a line of the topic begins.

    A line begins a part when it has the form of lines that name the topic: the same words with another one in the
    topic's place. Without such parts only the lines that name it.
    """
    low = topic.lower()
    naming = [line for line in lines if low in line.text.lower()]
    if not naming:
        return []
    head, _, tail = _form(naming[0].text, low).partition("\0")
    kept: list[StudiedLine] = []
    inside: dict[str, bool] = {}
    for line in lines:
        outline = _DIGITS.sub("#", line.text)
        if outline.startswith(head) and outline.endswith(tail) and len(outline) > len(head) + len(tail):
            word = outline[len(head) : len(outline) - len(tail)].lower()
            inside[line.pod] = word == _DIGITS.sub("#", low) if " " not in word else inside.get(line.pod, False)
        if inside.get(line.pod) or low in line.text.lower():
            kept.append(line)
    return kept


def _form(text: str, low: str) -> str:
    """The line with its numbers and the topic masked."""
    at = text.lower().find(low)
    return _DIGITS.sub("#", text if at < 0 else text[:at] + "\0" + text[at + len(low) :])


def _within(lines: list[StudiedLine], since: datetime | None, until: datetime | None) -> list[StudiedLine]:
    return [
        line
        for line in lines
        if not (since and line.at and line.at < since) and not (until and line.at and line.at > until)
    ]


def _chosen(lines: Sequence[StudiedLine], contains: Sequence[str], level: str) -> list[StudiedLine]:
    wanted = [text.lower() for text in contains]
    kept = [line for line in lines if all(text in line.text.lower() for text in wanted)] if wanted else list(lines)
    if not level:
        return kept
    known: dict[str, str] = {}
    found = []
    for line in kept:
        outline = _DIGITS.sub("0", line.text)
        if outline not in known:
            known[outline] = severity(line.text)
        if known[outline] in LEVELS[level]:
            found.append(line)
    return found


def _told(
    lines: Sequence[StudiedLine], numbers: Sequence[str], limit: int, oldest: bool, several: bool
) -> dict[str, Any]:
    times = [line.at for line in lines if line.at]
    ordered = sorted(lines, key=lambda line: line.at.timestamp() if line.at else 0.0) if several else lines
    shown = ordered[:limit] if oldest else ordered[::-1][:limit]
    rows = [
        {"at": rfc3339(line.at) if line.at else "", "pod": line.pod, "text": excerpt(_said(line.text), LINE)}
        for line in shown
    ]
    found = outlines((line.at, line.text) for line in ordered)
    told = kinds(found)
    stated = measures(found, numbers)
    chosen = stated if numbers else sorted(stated, key=_telling, reverse=True)
    return {
        "matched": len(lines),
        "first": rfc3339(min(times)) if times else "",
        "last": rfc3339(max(times)) if times else "",
        "lines": within(rows, ROOM),
        "kinds": within([_kind(kind) for kind in told[:KINDS]], ROOM),
        "before": [_kind(kind) for kind in _before(told)],
        "number_of_kinds": len(told),
        "errors": sum(kind.count for kind in told if kind.severity == ERROR),
        "warnings": sum(kind.count for kind in told if kind.severity == WARNING),
        "measures": [measure.as_data() for measure in chosen[:MEASURES]],
    }


def _said(line: str) -> str:
    """The line as its program wrote it; of a JSON line the level and the message."""
    text = unwrapped(line)
    if not text.lstrip().startswith("{"):
        return text
    read = read_line(line)
    return " ".join(filter(None, [read.level.upper(), read.message]))


def _telling(measure: Measure) -> tuple[bool, float]:
    return len(measure.values) >= 3 and bool(measure.unit), measure.moved


def _before(found: Sequence[OutlineKind]) -> list[OutlineKind]:
    """What happened once or so before the trouble began: a reload, a switch, a spike."""
    often = [k for k in found if k.count > RARE and k.first]
    worst = [k for k in often if k.severity == ERROR] or [k for k in often if k.severity == WARNING]
    begun = min((k.first for k in worst if k.first), default=None)
    if begun is None:
        return []
    rare = [k for k in found if k.count <= RARE and k.severity != ERROR and k.last and k.last <= begun]
    return sorted(rare, key=lambda k: k.last or begun)[-BEFORE:]


def _kind(kind: OutlineKind) -> dict[str, Any]:
    return {
        "pattern": excerpt(kind.pattern, 200),
        "severity": kind.severity,
        "count": kind.count,
        "first": rfc3339(kind.first) if kind.first else "",
        "last": rfc3339(kind.last) if kind.last else "",
        "example": excerpt(_said(kind.example), 240),
    }


def _run(log: ContainerRunLog) -> dict[str, Any]:
    wanted = log.request
    return {
        "pod": o.name(wanted.pod),
        "container": wanted.container,
        "previous": wanted.previous,
        "lines": len(log.lines),
        "problem": log.covered.detail if log.as_of is None else "",
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
