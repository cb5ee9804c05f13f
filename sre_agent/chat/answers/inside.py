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


async def answer(query: ChatQuery, talk: AnswerContext, namespace: str, named: Sequence[Mention]) -> ChatReply | None:
    """What is counted inside of things: containers, replicas, restarts; None where whole objects are counted."""
    column = next((c for c in query.columns if c in ("containers", "restarts", "ready")), "")
    if "restarts" in query.cues and not query.states and not query.thresholds:
        column = "restarts"
    whole = bool(query.kinds) and column == "containers" and "Pod" not in query.kinds
    if not column or whole or (column == "restarts" and query.kinds and "restarts" not in query.columns):
        return None
    if column == "ready" and not named:
        return None
    if column == "restarts" and query.states:
        return None
    if column == "restarts" and query.thresholds:
        return None
    found = await talk.names.all_meant(query, namespace) if named or query.refers else []
    if problem := next((f for f in found if f.subject is None), None):
        return talk.unmet(query, problem)
    subject = found[0].subject if found else None
    if column == "ready":
        return await describe.answer(replace(query, columns=("ready",), intent="describe"), talk)
    return await _summed(query, talk, namespace, subject, column)


async def _summed(
    query: ChatQuery, talk: AnswerContext, namespace: str, subject: Subject | None, column: str
) -> ChatReply:
    """The sum over the pods of a subject or a namespace, by the groups of one list."""
    asked = Selection()
    kind, place = "Pod", subject.namespace if subject else namespace
    if subject is not None and column == "containers":
        kind = subject.kind
        asked.where.append({"column": "name", "is": subject.name})
    elif subject is not None and subject.kind == "Pod":
        asked.where.append({"column": "name", "is": subject.name})
    elif subject is not None:
        await narrow_by_owner(asked, talk, subject, "Pod")
    found = await talk.lookups.select(
        kind, place, where=asked.where, selector=asked.selector, columns=[column], group_by=column,
        order_by="-restarts" if column == "restarts" else "",
    )  # fmt: skip
    if found.answer is None:
        return talk.failed(query, found)
    groups: dict[str, int] = data(found).get("groups") or {}
    mark = talk.lookups.cite(found, enumeration([str(r["name"]) for r in rows(found)], 8))
    about = subject.short if subject else where(namespace)
    subjects = [subject] if subject else []
    if column == "restarts":
        total = sum(int(value) * times for value, times in groups.items() if value.isdigit())
        pods = things("Pod", int(data(found)["count"]))
        most = [f"{r['name']} {r['restarts']}" for r in rows(found)[:3] if r.get("restarts")]
        text = f"{total} restarts in total, {pods} ({about})" + (f"; most: {enumeration(most)}" if most else "")
        return talk.reply(query, f"{text}. {mark}", subjects=subjects, namespace=place)
    total = sum(groups.values())
    names = enumeration(list(groups)) if subject else ""
    of = about if subject else f"{things('Pod', int(data(found)['count']))} {about}"
    plural = "container" if total == 1 else "containers"
    text = f"{of} {'has' if subject else 'have'} {total} {plural}" + (f": {names}" if names else "")
    return talk.reply(query, f"{text}. {mark}", subjects=subjects, namespace=place)
