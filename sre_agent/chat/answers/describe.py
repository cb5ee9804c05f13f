"""What one thing is: its state and the columns that were asked for; of a workload its pods as well."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import request_metrics
from sre_agent.chat.answers.cloud import cannot_tell, is_cloud
from sre_agent.chat.answers.guidance import unknown
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.wording import cell, flat, row
from sre_agent.chat.lookup_session import data, plain, rows
from sre_agent.chat.memory import is_out_of_reach
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

LACKABLE: Final = frozenset({"limits", "requests", "readiness", "liveness", "startup"})
NAMED_COLUMNS: Final = frozenset({"images", "containers", "size", "volume", "address", "strategy", *LACKABLE})
OF_PODS: Final = ("node", "restarts", "address", "state", "age")
SHORT: Final[dict[str, tuple[str, ...]]] = {
    "Pod": ("state", "ready", "restarts", "node", "owner", "images", "age"),
    "Ingress": ("spec.rules.host", "age"),
    "Service": ("spec.type", "spec.selector", "address"),
    "Node": ("states", "spec.taints.key", "age"),
    "PersistentVolumeClaim": ("state", "size", "storage_class", "volume"),
    "PersistentVolume": ("state", "size", "storage_class"),
}
TITLES: Final = {
    "spec.taints.key": "taints",
    "spec.rules.host": "hosts",
    "name": "variables",
    "containerPort": "ports",
    "port": "ports",
    "readiness": "readiness probe",
    "liveness": "liveness probe",
    "startup": "startup probe",
}
WORKLOAD: Final = ("ready", "images", "age")


@answers("describe")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    found = await talk.names.all_meant(query, namespace)
    if not found:
        if namespace:
            return await _namespace(query, talk, namespace)
        text = 'Describe what? Name it, for example "describe deployment checkout in shop".'
        return talk.reply(query, text, outcome="cannot")
    parts: list[str] = []
    subjects: list[Subject] = []
    for one in found:
        if (
            one.subject is None
            and not one.choices
            and not is_out_of_reach(one)
            and all(m.loose for m in query.candidates)
            and query.candidates
        ):
            return await unknown(query, talk)
        if one.subject is None:
            return talk.unmet(query, one)
        if is_cloud(one.subject):
            cannot = cannot_tell(query, talk, [one.subject]) if query.columns else None
            return cannot or await request_metrics.answer(query, talk, one.subject)
        parts += [one.note] if one.note else []
        parts.append(await description_of(query, talk, one.subject))
        subjects.append(one.subject)
    return talk.reply(query, within("\n".join(parts)), subjects=subjects)


async def description_of(query: ChatQuery, talk: AnswerContext, subject: Subject) -> str:
    """One thing in a line, and its pods below where the columns are theirs."""
    parts = [one for column in query.columns for one in w.PARTS.get(column, (column,))]
    wanted = list(dict.fromkeys(w.path(one, subject.kind) for one in parts))
    workload = subject.kind in w.WORKLOAD_KINDS or subject.kind in ("ReplicaSet", "Service")
    if workload and wanted and all(column in OF_PODS for column in wanted):
        return await _pods(talk, subject, wanted)
    columns = wanted or list(SHORT.get(subject.kind, WORKLOAD if workload else ("state", "age")))
    if subject.kind == "Pod" and wanted == ["ready"]:
        columns = ["state", "ready"]
    found, evidence = await talk.object(subject, *columns)
    if evidence.answer is None:
        return f"{subject.short} could not be read: {plain(evidence.error)} {talk.lookups.cite(evidence)}"
    if not found:
        return f"{subject.short} no longer exists. {talk.lookups.cite(evidence, subject.name)}"
    cells = [text for column in columns if (text := _named(column, found.get(column)))]
    cells += [f"no {TITLES.get(column, column)}" for column in wanted if column in LACKABLE and not found.get(column)]
    line = f"{subject.short}: {', '.join(cells) or 'none'}. {talk.lookups.cite(evidence, subject.name)}"
    if workload and not wanted and subject.kind != "CronJob":
        return f"{line}\n{await _pods(talk, subject, ['state', 'restarts', 'node'])}"
    return line


def _named(column: str, value: object) -> str:
    text = cell(column, list(dict.fromkeys(map(str, flat(value)))) if isinstance(value, list) else value)
    last = column.rsplit(".", 1)[-1]
    title = TITLES.get(column, TITLES.get(last, last))
    if text and column.startswith("spec."):
        return f"{title} {text.removeprefix(f'{last} ')}"
    return f"{title} {text}" if text and column in NAMED_COLUMNS else text


async def _pods(talk: AnswerContext, subject: Subject, columns: list[str]) -> str:
    selector = await talk.pods_of(subject)
    if not selector:
        return f"{subject.short} selects no pods: it has no selector."
    found = await talk.lookups.select("Pod", subject.namespace, selector=selector, columns=columns, limit=12)
    if found.answer is None:
        return f"Its pods could not be read: {plain(found.error)} {talk.lookups.cite(found)}"
    mark = talk.lookups.cite(found)
    if not rows(found):
        return f"{subject.short} has no pods. {mark}"
    lines = [f"- {row(one, columns, with_namespace=False)}" for one in rows(found)]
    more = int(data(found)["count"]) - len(lines)
    return f"Pods of {subject.short}: {mark}\n" + "\n".join(lines) + (f"\nand {more} more." if more > 0 else "")


async def _namespace(query: ChatQuery, talk: AnswerContext, namespace: str) -> ChatReply:
    """What is in a namespace."""
    parts = []
    for kind in ("Deployment", "StatefulSet", "DaemonSet", "Pod", "Service"):
        found = await talk.lookups.select(kind, namespace, columns=["name"], limit=12)
        if found.answer is None:
            return talk.failed(query, found)
        names = [str(one["name"]) for one in rows(found)]
        if names and kind != "Pod":
            parts.append(f"{data(found)['count']} {kind}s: {', '.join(names)} {talk.lookups.cite(found)}")
        elif names:
            parts.append(f"{data(found)['count']} pods {talk.lookups.cite(found)}")
    text = f"Namespace {namespace} has " + ("; ".join(parts) + "." if parts else "no workloads.")
    return talk.reply(query, within(text), namespace=namespace)
