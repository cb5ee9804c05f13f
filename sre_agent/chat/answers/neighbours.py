"""Which pods are on the same nodes as a thing, and whether two things share a node."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import select
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

PODS: Final = 200  # of a thing or a node
SHOWN: Final = 20


@answers("neighbours")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Of two things the nodes that they share; of one all other pods on its nodes."""
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    subjects = [one for one in subjects if one.kind != "Node"]
    if not subjects:
        text = 'Beside what? Name it, for example "which pods run on the same node as checkout".'
        return talk.reply(query, text, outcome="cannot")
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    nodes: list[dict[str, list[str]]] = []
    marks: list[str] = []
    for subject in subjects[:2]:
        evidence = await select(talk, subject, "Pod", ["node"], limit=PODS)
        if evidence is None:
            return talk.reply(query, f"{subject.short} has no pods of its own.", outcome="cannot", subjects=[subject])
        if evidence.answer is None:
            return talk.failed(query, evidence)
        nodes.append(_by_node(evidence))
        marks.append(talk.lookups.cite(evidence, enumeration(sorted(nodes[-1]))))
    if len(nodes) == 2:
        text = f"{_common_nodes(subjects[0], subjects[1], nodes[0], nodes[1])} {''.join(marks)}"
        return talk.reply(query, text, subjects=subjects[:2])
    return await _beside(query, talk, subjects[0], nodes[0], marks[0])


def _by_node(evidence: Evidence) -> dict[str, list[str]]:
    pods: dict[str, list[str]] = defaultdict(list)
    for row in rows(evidence):
        if row.get("node"):
            pods[str(row["node"])].append(str(row["name"]))
    return dict(pods)


def _common_nodes(one: Subject, other: Subject, here: dict[str, list[str]], there: dict[str, list[str]]) -> str:
    common = sorted(here.keys() & there.keys())
    if not common:
        places = [f"{subject.short} is on {enumeration(sorted(nodes)) or 'no node'}"
                  for subject, nodes in ((one, here), (other, there))]  # fmt: skip
        return f"No, they share no node: {'; '.join(places)}."
    every = len(here) == len(there) == len(common)
    rest = (
        ""
        if every
        else f" In all, {one.short} is on {enumeration(sorted(here))}, {other.short} on {enumeration(sorted(there))}."
    )
    return f"Yes: both {one.short} and {other.short} have pods on {enumeration(common)}.{rest}"


async def _beside(
    query: ChatQuery, talk: AnswerContext, subject: Subject, own: dict[str, list[str]], mark: str
) -> ChatReply:
    if not own:
        return talk.reply(query, f"No pod of {subject.short} is on a node. {mark}", subjects=[subject])
    where = [{"column": "node", "is": sorted(own)}]
    evidence = await talk.lookups.select("Pod", where=where, columns=["node", "state", "namespace"], limit=PODS)
    if evidence.answer is None:
        return talk.failed(query, evidence)
    names = {name for pods in own.values() for name in pods}
    others = [row for row in rows(evidence) if row["name"] not in names or row.get("namespace") != subject.namespace]
    count = int(data(evidence)["count"]) - (len(rows(evidence)) - len(others))
    lines = [f"- {row['name']} ({row.get('namespace')}): {row.get('state')}, on {row.get('node')}" for row in others]
    more = [f"and {count - SHOWN} more."] if count > SHOWN else []
    place = f"{'node' if len(own) == 1 else 'nodes'} {enumeration(sorted(own))}"
    head = f"{things('Pod', count) if count else 'No other pod'} beside {subject.short} on {place}"
    mark = f"{mark}{talk.lookups.cite(evidence)}"
    text = "\n".join([f"{head}{':' if count else '.'} {mark}", *lines[:SHOWN], *more])
    return talk.reply(query, within(text), subjects=[subject])
