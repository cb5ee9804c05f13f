"""Which of several things has more of an attribute: each value beside the verdict, none where one is not set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.attribute_values import unset_text, value_text
from sre_agent.chat.answers.object_status import stand
from sre_agent.chat.answers.related import select, workload_of
from sre_agent.chat.answers.totals import amount_of
from sre_agent.chat.attributes import ObjectAttribute, attribute, attributes, in_full
from sre_agent.chat.comparisons import TIMES, AttributeComparison
from sre_agent.chat.lookup_session import data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

_AS_NUMBERS: Final = {"ready": "replicas"}  # the attribute whose number is compared for one that is told in words
_UNSAID: Final = {"PersistentVolumeClaim": "size", "PersistentVolume": "size"}
_ASPECTS: Final = {"requests": "request", "limits": "limit"}
_USED: Final = {"cpu": "m", "memory": "Mi"}  # resource: the unit in which its use is told


@dataclass(frozen=True)
class RankedSubject:
    subject: Subject
    value: float | str | None
    text: str
    mark: str


async def ranked(query: ChatQuery, talk: AnswerContext, subjects: list[Subject]) -> ChatReply | None:
    """The verdict with the value of each; None where nothing that can be compared is named."""
    by = query.comparison
    if by is None:
        return None
    if query.resources and not query.columns and (used := await _by_usage(query, talk, subjects, by)) is not None:
        return used
    one = _attribute(query, by, subjects[0].kind)
    if any(not one.columns(subject.kind) for subject in subjects) and one.name != "restarts":
        return None
    pairs = [await _rank(talk, subject, one) for subject in subjects]
    if all(pair.value is None for pair in pairs):
        return None
    lines = [f"- {pair.text} {pair.mark}" for pair in pairs]
    text = "\n".join([_verdict(query, by, one, pairs), *lines])
    return talk.reply(query, within(text), subjects=subjects)


def _attribute(query: ChatQuery, by: AttributeComparison, kind: str) -> ObjectAttribute:
    """The attribute that is compared: of `requests more cpu` the request of cpu; of `has more memory` its limit."""
    name = by.name or _UNSAID.get(kind, "replicas")
    aspect = _ASPECTS.get(name, "limit" if query.resources and not query.columns else "")
    for one in attributes().values():
        if aspect and one.aspect == aspect and one.resource in query.resources:
            return one
    return in_full([_AS_NUMBERS.get(name, name)])[0]


async def _by_usage(
    query: ChatQuery, talk: AnswerContext, subjects: list[Subject], by: AttributeComparison
) -> ChatReply | None:
    """The verdict on what the containers of each use now; None where nobody measures one of them."""
    resource = query.resources[0]
    pairs = []
    for subject in subjects:
        pods = await select(talk, subject, "Pod", ["name"], limit=100)
        evidence = await talk.lookups.look_up("kubernetes", "kubectl_top", namespace=subject.namespace)
        names = {str(row["name"]) for row in rows(pods)} if pods is not None else set()
        parts = [str(c.get(resource)) for c in data(evidence).get("containers", []) if c["pod"] in names]
        figures = [float(part.rstrip("mMiGK")) for part in parts if part.rstrip("mMiGK").replace(".", "").isdigit()]
        if resource not in _USED or not figures:
            return None
        text = f"{subject.short}: {sum(figures):g}{_USED[resource]} of {resource}"
        pairs.append(RankedSubject(subject, sum(figures), text, talk.lookups.cite(evidence, subject.name)))
    verdict = _verdict(query, by, ObjectAttribute(resource, (), {}, unit="B", called=f"{resource} in use"), pairs)
    text = "\n".join([verdict, *(f"- {pair.text} {pair.mark}" for pair in pairs)])
    return talk.reply(query, within(text), subjects=subjects)


async def _rank(talk: AnswerContext, subject: Subject, one: ObjectAttribute) -> RankedSubject:
    if one.name == "restarts" and subject.kind != "Pod":
        standing = await stand(talk, await workload_of(talk, subject))
        if standing is not None:
            text = f"{subject.short}: {standing.restarts} restarts of its pods"
            return RankedSubject(subject, float(standing.restarts), text, talk.lookups.cite(standing.evidence))
    row, evidence = await talk.object(subject, *one.columns(subject.kind))
    text = value_text(one, row, subject.kind) or unset_text(one)
    values = [row.get(column) for column in one.columns(subject.kind)]
    value = next((v for v in (_comparable(x, one) for x in values) if v is not None), None)
    return RankedSubject(subject, value, f"{subject.short}: {text}", talk.lookups.cite(evidence, subject.name))


def _comparable(value: Any, one: ObjectAttribute) -> float | str | None:
    if one.name in TIMES:
        return str(value) if value else None
    parts = value if isinstance(value, list) else [value]
    amounts = [amount for part in parts if part is not None and (amount := amount_of(str(part), one.unit)) is not None]
    return sum(amounts) if amounts else None


def _verdict(query: ChatQuery, by: AttributeComparison, one: ObjectAttribute, pairs: list[RankedSubject]) -> str:
    """`Yes: X is older than Y.`; that they are alike, or that one has no value, is said as well."""
    unset = [pair for pair in pairs if pair.value is None]
    if unset:
        return f"{unset[0].subject.short} has no {one.title}, so the two cannot be held against each other by it:"
    what = _measure(by, one)
    ranks = sorted(pairs, key=lambda pair: pair.value, reverse=by.most)  # type: ignore[arg-type, return-value]
    first, second = ranks[0], ranks[1]
    asks = "yes-or-no" in query.forms
    if first.value == second.value:
        return f"{'No: ' if asks else ''}{first.subject.short} and {second.subject.short} have the same {one.title}:"
    holds = "Yes: " if first is pairs[0] else "No: "
    return f"{holds if asks else ''}{first.subject.short} {what} than {second.subject.short}:"


def _measure(by: AttributeComparison, one: ObjectAttribute) -> str:
    if attribute(one.name).name == "age":
        return "is older" if by.most else "is newer"
    if one.name == "size":
        return "is bigger" if by.most else "is smaller"
    if one.resource and one.aspect:
        return f"has the {'higher' if by.most else 'lower'} {one.title}"
    if one.name in TIMES:
        return f"has the later {one.title}" if by.most else f"has the earlier {one.title}"
    less = "less" if one.unit == "B" else "fewer"
    return f"has {'more' if by.most else less} {one.title}"
