"""Whether all pods of a thing are in trouble or some: each by its state, its node and what it logged of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import select, workload_of
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

READ: Final = 8  # pods whose logs are read
OF_LATE: Final = timedelta(minutes=10)  # of a log, where the question names no time
LINE: Final = 140


@dataclass(frozen=True)
class _PodView:
    """`errors` are the error lines of its log; None where it could not be read."""

    name: str
    node: str
    state: str
    ready: bool
    errors: int | None
    line: str = ""

    @property
    def in_trouble(self) -> bool:
        return not self.ready or bool(self.errors)

    @property
    def text(self) -> str:
        where = f"on {self.node}" if self.node else "on no node"
        log = (
            "log not read" if self.errors is None else f"{self.errors} error lines" if self.errors else "no error lines"
        )
        return f"- {self.name} {where}: {self.state}, {log}" + (f", the last: {self.line}" if self.line else "")


@answers("spread")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """How many of its pods are in trouble, a line for each, and the node where all of those are that are."""
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if not subjects:
        text = 'All of what? Name it, for example "do all pods of checkout fail or just one".'
        return talk.reply(query, text, outcome="cannot")
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    subject = await workload_of(talk, subjects[0])
    evidence = await select(talk, subject, "Pod", ["state", "words", "node"], limit=READ)
    if evidence is None:
        return talk.reply(query, f"{subject.short} has no pods of its own.", outcome="cannot", subjects=[subject])
    if evidence.answer is None:
        return talk.failed(query, evidence)
    start = query.window.start or talk.lookups.now - OF_LATE
    since = f"{start:%Y-%m-%dT%H:%M:%SZ}"
    pods = [await _view(talk, subject, row, since) for row in rows(evidence)]
    mark = talk.lookups.cite(evidence, enumeration([pod.name for pod in pods], READ))
    if not pods:
        return talk.reply(query, f"{subject.short} has no pods. {mark}", subjects=[subject])
    rest = int(data(evidence)["count"]) - len(pods)
    more = [f"{rest} more pods were not looked at."] if rest > 0 else []
    text = "\n".join([f"{_head(subject, pods, since)} {mark}", *(pod.text for pod in pods), *more])
    return talk.reply(query, within(text), subjects=[subject])


async def _view(talk: AnswerContext, subject: Subject, row: dict[str, object], since: str) -> _PodView:
    words = row.get("words")
    ready = isinstance(words, list) and not {"Ready", "Completed", "Succeeded"}.isdisjoint(map(str, words))
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_study_logs", namespace=subject.namespace, name=str(row["name"]), level="error",
        start=since, limit=1,
    )  # fmt: skip
    study = data(evidence)
    errors = int(study["matched"]) if evidence.answer is not None else None
    line = excerpt(str(study["lines"][0]["text"]), LINE) if errors else ""
    mark = f" {talk.lookups.cite(evidence, line)}" if errors else ""
    return _PodView(
        str(row["name"]), str(row.get("node") or ""), str(row.get("state") or "?"), ready, errors, line + mark
    )


def _head(subject: Subject, pods: list[_PodView], since: str) -> str:
    bad = [pod for pod in pods if pod.in_trouble]
    unread = any(pod.errors is None for pod in pods)
    if not bad:
        log = "not every log could be read" if unread else f"none logged an error since {since}"
        return f"None of the {things('Pod', len(pods))} of {subject.short} shows trouble: each is ready, {log}."
    how_many = f"{len(bad)} of {things('Pod', len(pods))}"
    if len(bad) == len(pods) > 1:
        how_many = "Both pods" if len(pods) == 2 else f"All {len(pods)} pods"
    verb = "is" if len(bad) == 1 else "are"
    nodes = sorted({pod.node for pod in bad})
    elsewhere = any(pod.node not in nodes for pod in pods)
    where = f" Trouble is on {nodes[0]} alone." if len(nodes) == 1 and nodes[0] and elsewhere else ""
    return f"{how_many} of {subject.short} {verb} not ready or logged errors since {since}.{where}"
