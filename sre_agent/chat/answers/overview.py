"""One thing at a glance: its attributes, its pods and what belongs to it, where nothing of it is asked for.

What is told of which kind is data: `overview.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.attribute_values import unset_text, value_text
from sre_agent.chat.answers.related import select, workload_of
from sre_agent.chat.answers.revisions import REVISIONED, revision_lines, way_back
from sre_agent.chat.answers.wording import noun, row, things
from sre_agent.chat.attributes import ObjectAttribute, in_full
from sre_agent.chat.lookup_session import data, enumeration, plain, rows
from sre_agent.domain.finding import Evidence

ENTRANCES: Final = ("Ingress",)  # kinds whose pods are those of what stands behind them
_POD_COLUMNS: Final = ("state", "restarts", "since_restart", "ended", "node")
_OF_A_NODE: Final = ("state", "restarts")
_MOST: Final = 12  # pods
_FEW: Final = 4  # objects of a kind beside it
_REVISIONS: Final = 2
_SAID: Final = 2  # last lines of its log
_LINE: Final = 160  # characters


@dataclass(frozen=True)
class OverviewOfKind:
    """The names of the attributes that are told of a kind, of those of what belongs to it by kind, and of those that
    are told where they are not set."""

    own: tuple[str, ...]
    around: Mapping[str, tuple[str, ...]]
    unset: tuple[str, ...] = ()


_OF_ANY: Final = OverviewOfKind(("state", "age"), {})


@cache
def overviews() -> Mapping[str, OverviewOfKind]:
    """By kind. Raises KeyError or TypeError for a table that is not of that form."""
    text = (resources.files("sre_agent.chat") / "overview.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return {
        kind: OverviewOfKind(
            tuple(entry["own"]),
            {one: tuple(names) for one, names in entry["around"].items()},
            tuple(entry.get("unset", ())),
        )
        for kind, entry in table.items()
    }


def is_told_of(kind: str) -> bool:
    """Whether more is told of a kind than its state and age."""
    return overview_of_kind(kind) is not _OF_ANY


def overview_of_kind(kind: str) -> OverviewOfKind:
    is_workload = kind in w.WORKLOAD_KINDS or kind == "ReplicaSet"
    return overviews().get(kind) or (overviews()["workload"] if is_workload else _OF_ANY)


async def overview_of(talk: AnswerContext, subject: Subject) -> str:
    """All that is told of it."""
    return "\n".join(await overview_parts(talk, subject))


async def overview_parts(talk: AnswerContext, subject: Subject, *, in_short: bool = False) -> list[str]:
    """What is told of it, each part a line or a few that belong together, the most telling first; `in_short` without
    what stands around it, its revisions and its log."""
    summary = overview_of_kind(subject.kind)
    parts = [await _own_line(talk, subject, in_full(summary.own), in_full(summary.unset))]
    has_pods = subject.kind in (*w.WORKLOAD_KINDS, "ReplicaSet", "Service") and subject.kind != "CronJob"
    if has_pods:
        columns = [*_POD_COLUMNS, *(["address"] if subject.kind == "Service" else [])]
        parts.append(await pods_of(talk, subject, columns))
    if subject.kind == "Node":
        parts += await _requested_of(talk, subject)
        parts += [] if in_short else [await _pods_on(talk, subject)]
    if in_short:
        return parts
    around = {kind: await _around(talk, subject, kind, in_full(names)) for kind, names in summary.around.items()}
    parts += around.pop("Pod", [])
    parts += [part for of_kind in around.values() for part in of_kind]
    return [*parts, *await _revisions_of(talk, subject), *await _last_lines(talk, subject)]


async def _revisions_of(talk: AnswerContext, subject: Subject) -> list[str]:
    """The newest, and the way back."""
    if subject.kind not in REVISIONED:
        return []
    lines, evidence = await revision_lines(talk, subject)
    if not lines:
        return []
    revisions = [f"Its revisions: {talk.lookups.cite(evidence)}", *lines[:_REVISIONS]]
    return ["\n".join(revisions), way_back(subject, data(evidence)["revisions"])]


async def pods_of(talk: AnswerContext, subject: Subject, columns: Sequence[str]) -> str:
    evidence = await select(talk, subject, "Pod", list(columns))
    if evidence is None:
        return f"{subject.short} selects no pods: it has no selector."
    return _pod_lines(talk, f"Pods of {subject.short}", f"{subject.short} has no pods", evidence, columns)


async def _own_line(
    talk: AnswerContext, subject: Subject, attributes: Sequence[ObjectAttribute], unset: Sequence[ObjectAttribute]
) -> str:
    columns = dict.fromkeys(column for one in attributes for column in one.columns(subject.kind))
    fields, evidence = await talk.object(subject, *columns)
    mark = talk.lookups.cite(evidence, subject.name)
    if evidence.answer is None:
        return f"{subject.short} could not be read: {plain(evidence.error)} {mark}"
    if not fields:
        return f"{subject.short} no longer exists. {mark}"
    cells = [text for one in attributes if (text := value_text(one, fields, subject.kind))]
    cells += [unset_text(one) for one in unset if not value_text(one, fields, subject.kind)]
    maker = await workload_of(talk, subject)
    if maker != subject and fields.get("owner") != f"{maker.kind}/{maker.name}":
        cells.append(f"made by {maker.short}")
    return f"{subject.short}: {', '.join(cells) or 'none'}. {mark}"


async def _pods_on(talk: AnswerContext, subject: Subject) -> str:
    where = [{"column": "node", "is": subject.name}]
    evidence = await talk.lookups.select("Pod", where=where, columns=list(_OF_A_NODE), limit=_MOST)
    count = int(data(evidence).get("count", 0))
    head = f"{things('Pod', count)} on {subject.name}"
    return _pod_lines(talk, head, f"No pod runs on {subject.name}", evidence, _OF_A_NODE)


async def _requested_of(talk: AnswerContext, subject: Subject) -> list[str]:
    """What its pods request of what a node can allocate."""
    evidence = await talk.lookups.look_up("kubernetes", "kubectl_nodes")
    row = next((one for one in data(evidence).get("nodes", []) if one["node"] == subject.name), None)
    if row is None:
        return []
    cells = ", ".join(f"{name} {row[f'{name} requested']}" for name in ("cpu", "memory"))
    return [f"Requested of it: {cells}. {talk.lookups.cite(evidence)}"]


def _pod_lines(talk: AnswerContext, head: str, none: str, evidence: Evidence, columns: Sequence[str]) -> str:
    if evidence.answer is None:
        return f"The pods could not be read: {plain(evidence.error)} {talk.lookups.cite(evidence)}"
    mark = talk.lookups.cite(evidence)
    if not rows(evidence):
        return f"{none}. {mark}"
    several = len({one.get("namespace") for one in rows(evidence)}) > 1
    lines = [f"- {row(one, columns, with_namespace=several)}" for one in rows(evidence)]
    more = int(data(evidence)["count"]) - len(lines)
    return f"{head}: {mark}\n" + "\n".join(lines) + (f"\nand {more} more." if more > 0 else "")


async def _around(talk: AnswerContext, subject: Subject, kind: str, attributes: Sequence[ObjectAttribute]) -> list[str]:
    """A line for the objects of a kind that belong to it and have the same, and the pods of what stands behind an
    entrance."""
    columns = list(dict.fromkeys(column for one in attributes for column in one.columns(kind)))
    evidence = await select(talk, subject, kind, columns, limit=_FEW)
    page = rows(evidence) if evidence is not None else []
    if evidence is None or not page:
        return []
    mark = talk.lookups.cite(evidence, enumeration([str(one["name"]) for one in page]))
    names_by_text: dict[str, list[str]] = {}  # pods of one workload mostly have the same
    for one in page:
        cells = [text for attribute in attributes if (text := value_text(attribute, one, kind))]
        if cells:
            names_by_text.setdefault(", ".join(cells), []).append(str(one["name"]))
    lines: list[str] = []
    for text, names in names_by_text.items():
        lines.append(f"{kind} {enumeration(names)}: {text}. {mark}")
        if subject.kind in ENTRANCES:
            behind = [subject.model_copy(update={"kind": kind, "name": name}) for name in names]
            lines += [await pods_of(talk, one, _OF_A_NODE) for one in behind]
    more = int(data(evidence)["count"]) - len(page)
    return [*lines, *([f"and {more} more {noun(kind, more)}."] if more > 0 else [])]


async def _last_lines(talk: AnswerContext, subject: Subject) -> list[str]:
    """What it wrote last, and its most common error."""
    if subject.kind not in (*w.WORKLOAD_KINDS, "Pod"):
        return []
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_study_logs", namespace=subject.namespace, name=subject.name, limit=_SAID
    )
    study = data(evidence)
    if not study.get("lines"):
        return []
    last = [str(line["text"]) for line in reversed(study["lines"])]
    errors = [str(kind["example"]) for kind in study.get("kinds") or [] if kind["severity"] == "error"]
    lines = [f"From its log, the last lines: {talk.lookups.cite(evidence, last[-1])}"]
    lines += [f"- {excerpt(text, _LINE)}" for text in last]
    if errors and errors[0] not in last:
        lines.append(f"And an error: {excerpt(errors[0], _LINE)}")
    return ["\n".join(lines)]
