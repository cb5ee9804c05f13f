"""Whether the cluster has room for more: what nodes can allocate, what of it is asked for, and which pods wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

DISPLAY_LIMIT: Final = 12
NAMES: Final = 4  # of pods that wait
RESOURCES: Final = ("cpu", "memory")


@answers("room")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """A sentence on pods that wait, and a line for each node. What a node has is no promise that a pod fits on it."""
    evidence = await talk.lookups.look_up("kubernetes", "kubectl_nodes")
    if evidence.answer is None:
        return talk.failed(query, evidence)
    where = [{"column": "states", "is": ["Pending"]}]
    waiting = await talk.lookups.select("Pod", where=where, columns=["name"], limit=NAMES)
    nodes = data(evidence).get("nodes", [])
    taking = [row for row in nodes if row["ready"] == "yes" and not row["closed"]]
    mark = talk.lookups.cite(evidence, ", ".join(str(row["node"]) for row in nodes))
    names = [name for name in query.resources if name in RESOURCES] or RESOURCES
    head = f"{len(taking)} of {things('Node', len(nodes))} take new pods. Capacity that is requested on each: {mark}"
    lines = [f"- {_line(row, names)}{'' if row in taking else ', takes no new pods'}" for row in nodes[:DISPLAY_LIMIT]]
    return talk.reply(query, within("\n".join([_pending(talk, waiting), head, *lines])))


def _line(row: dict[str, Any], names: Sequence[str]) -> str:
    return f"{row['node']}: " + ", ".join(f"{name} {row[f'{name} requested']}" for name in names)


def _pending(talk: AnswerContext, waiting: Evidence) -> str:
    """The pods that are pending, which may have another reason than the nodes."""
    mark = talk.lookups.cite(waiting)
    if waiting.answer is None:
        return f"Whether pods wait for a node could not be read. {mark}"
    count = int(data(waiting)["count"])
    names = enumeration([str(row["name"]) for row in rows(waiting)])
    if not count:
        return f"No pod is pending, so all that is declared now has its room. {mark}"
    return f"{things('Pod', count)} pending: {names}. Ask why one is pending: it need not be the room. {mark}"
