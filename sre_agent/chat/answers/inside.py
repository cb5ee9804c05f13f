"""How many there are inside of things: containers, replicas, restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import describe
from sre_agent.chat.answers.narrowing import Selection, narrow_by_owner
from sre_agent.chat.answers.wording import things, where
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply
from sre_agent.language.mentions import Mention


async def answer(
    query: ChatQuery, talk: AnswerContext, namespace: str, mentions: Sequence[Mention]
) -> ChatReply | None:
    """What is counted inside of things: containers, replicas, restarts; None where whole objects are counted."""
    column = next((c for c in query.columns if c in ("containers", "restarts", "ready")), "")
    if "restarts" in query.cues and not query.states and not query.thresholds:
        column = "restarts"
    whole = bool(query.kinds) and column == "containers" and "Pod" not in query.kinds
    if not column or whole or (column == "restarts" and query.kinds and "restarts" not in query.columns):
        return None
    if column == "ready" and not mentions:
        return None
    if column == "restarts" and query.states:
        return None
    if column == "restarts" and query.thresholds:
        return None
    lookups = await talk.names.all_meant(query, namespace) if mentions or query.refers else []
    if problem := next((f for f in lookups if f.subject is None), None):
        return talk.unmet(query, problem)
    subject = lookups[0].subject if lookups else None
    if column == "ready" or (subject is not None and (subject.kind, column) in describe.MEANT):
        return await describe.answer(replace(query, columns=(column,), intent="describe"), talk)
    return await _sum(query, talk, namespace, subject, column)


async def _sum(
    query: ChatQuery, talk: AnswerContext, namespace: str, subject: Subject | None, column: str
) -> ChatReply:
    """The sum over the pods of a subject or a namespace, by the groups of one list."""
    selection = Selection()
    kind, place = "Pod", subject.namespace if subject else namespace
    if subject is not None and column == "containers":
        kind = subject.kind
        selection.where.append({"column": "name", "is": subject.name})
    elif subject is not None and subject.kind == "Pod":
        selection.where.append({"column": "name", "is": subject.name})
    elif subject is not None:
        await narrow_by_owner(selection, talk, subject, "Pod")
    evidence = await talk.lookups.select(
        kind, place, where=selection.where, selector=selection.selector, columns=[column], group_by=column,
        order_by="-restarts" if column == "restarts" else "",
    )  # fmt: skip
    if evidence.answer is None:
        return talk.failed(query, evidence)
    groups: dict[str, int] = data(evidence).get("groups") or {}
    mark = talk.lookups.cite(evidence, enumeration([str(r["name"]) for r in rows(evidence)], 8))
    about = subject.short if subject else where(namespace)
    subjects = [subject] if subject else []
    if column == "restarts":
        total = sum(int(value) * times for value, times in groups.items() if value.isdigit())
        pods = things("Pod", int(data(evidence)["count"]))
        most = [f"{r['name']} {r['restarts']}" for r in rows(evidence)[:3] if r.get("restarts")]
        text = f"{total} restarts in total, {pods} ({about})" + (f"; most: {enumeration(most)}" if most else "")
        return talk.reply(query, f"{text}. {mark}", subjects=subjects, namespace=place)
    total = sum(groups.values())
    names = enumeration(list(groups)) if subject else ""
    of = about if subject else f"{things('Pod', int(data(evidence)['count']))} {about}"
    plural = "container" if total == 1 else "containers"
    text = f"{of} {'has' if subject else 'have'} {total} {plural}" + (f": {names}" if names else "")
    return talk.reply(query, f"{text}. {mark}", subjects=subjects, namespace=place)
