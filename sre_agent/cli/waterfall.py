"""A trace as a picture: one line per span, indented by parent, with a bar where it was on the time axis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident

WIDTH = 40
SHORTEST = 8  # of a bar that tells anything
TIMES = 14  # columns of the durations, with what stands between
LINES = 60
PROTOCOL = "MCP "
Document = dict[str, Any]


def waterfall(documents: list[Document], width: int = 120) -> RenderableType:
    """The X-Ray documents of one trace, without the protocol's own. Of two with one id the finished one counts.

    In few columns (`width`) the bars are shorter, and at last left out: the names are whole in any.
    """
    own_spans = [d for d in documents if not d["name"].startswith(PROTOCOL)]
    spans = {d["id"]: d for d in sorted(own_spans, key=lambda d: d.get("end_time", 0.0))}
    if not spans:
        return Text("No trace was received.", style="dim")
    start = min(float(d["start_time"]) for d in spans.values())
    end = max(float(d["end_time"] if "end_time" in d else d["start_time"]) for d in spans.values())
    table = Table(box=None, padding=(0, 1, 0, 0), title="trace", title_justify="left", show_header=False)
    rows = list(_tree_order(spans))
    longest = max(len(document["name"]) + 2 * depth for depth, document in rows[:LINES])
    bar = min(WIDTH, width - longest - TIMES)
    table.add_column(overflow="fold")
    for depth, document in rows[:LINES]:
        length = document.get("end_time", end) - document["start_time"]
        name = Text("  " * depth + document["name"], style="red" if document.get("fault") else "default")
        bars = [Text(_bar(document, start, end, bar), style="cyan")] if bar >= SHORTEST else []
        table.add_row(name, *bars, Text(f"{length * 1000:8.0f} ms", no_wrap=True))
    if len(rows) > LINES:
        table.add_row(Text(f"and {len(rows) - LINES} more", style="dim"))
    return table


def documents_of(incident: Incident, ledger: Sequence[Evidence]) -> list[Document]:
    """The calls of an incident as spans, below the agent that made them: what is kept of every run, whichever process
    it was in and wherever its trace went."""
    ends = [item.asked_at + timedelta(milliseconds=item.duration_ms) for item in ledger]
    last = max([*ends, incident.ended_at or incident.opened_at])
    documents = [_span(incident.id, "", incident.id, incident.opened_at, last)]
    rounds: dict[str, list[Evidence]] = defaultdict(list)
    for item in ledger:
        rounds[f"{item.agent} {item.round}"].append(item)
    for name, calls in rounds.items():
        stops = [item.asked_at + timedelta(milliseconds=item.duration_ms) for item in calls]
        documents.append(_span(name, incident.id, calls[0].agent, min(item.asked_at for item in calls), max(stops)))
        for item, stop in zip(calls, stops, strict=True):
            call = _span(item.id, name, f"{item.server}.{item.tool}", item.asked_at, stop)
            documents.append(call | ({"fault": True} if item.answer is None else {}))
    return documents


def _span(id_: str, parent: str, name: str, start: datetime, end: datetime) -> Document:
    return {"id": id_, "parent_id": parent, "name": name, "start_time": start.timestamp(), "end_time": end.timestamp()}


def _tree_order(spans: dict[str, Document]) -> list[tuple[int, Document]]:
    children: dict[str, list[Document]] = defaultdict(list)
    for document in spans.values():
        parent = document.get("parent_id", "")
        children[parent if parent in spans else ""].append(document)
    rows: list[tuple[int, Document]] = []
    stack = [(0, d) for d in sorted(children[""], key=lambda d: -d["start_time"])]
    while stack:
        depth, document = stack.pop()
        rows.append((depth, document))
        stack += [(depth + 1, child) for child in sorted(children[document["id"]], key=lambda d: -d["start_time"])]
    return rows


def _bar(document: Document, start: float, end: float, width: int) -> str:
    scale = width / max(end - start, 0.001)
    left = int((document["start_time"] - start) * scale)
    length = max(1, int((document.get("end_time", end) - document["start_time"]) * scale))
    return (" " * left + "━" * length)[:width].ljust(width)
