"""Two things of one kind side by side: in what they differ, and in what they are alike."""

from __future__ import annotations

from typing import Any, Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.places import side_by_side
from sre_agent.chat.answers.ranking import ranked
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.wording import cell
from sre_agent.chat.attributes import in_full
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

COLUMNS: Final = {
    "ready": "ready", "replicas": "desired replicas", "state": "state", "restarts": "restarts", "node": "node",
    "images": "images", "containers": "containers", "labels": "labels", "size": "size",
    "storage_class": "storage class", "owner": "owner",
    "spec.template.spec.containers.resources": "resources", "spec.containers.resources": "resources",
    "spec.template.spec.containers.env.name": "variables", "spec.containers.env.name": "variables",
    "spec.template.spec.serviceAccountName": "account", "spec.strategy.type": "strategy",
    "spec.selector": "selector", "spec.ports.port": "ports", "spec.type": "type",
}  # fmt: skip
OWN: Final = frozenset({"labels", "selector", "owner", "restarts"})  # differ between any two things


@answers("compare")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    if (comparison := await side_by_side(query, talk)) is not None:
        return comparison
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    if len(subjects) < 2:
        text = 'A comparison needs two things. Name both, for example "compare checkout with cart".'
        return talk.reply(query, text, outcome="cannot", subjects=subjects)
    if (ranking := await ranked(query, talk, subjects)) is not None:
        return ranking
    one, other = subjects[:2]
    sides = {column: part.title for part in in_full(query.columns) for column in part.columns(one.kind)} or COLUMNS
    left, first = await talk.object(one, *sides)
    right, second = await talk.object(other, *sides)
    for evidence in (first, second):
        if evidence.answer is None:
            return talk.failed(query, evidence)
    marks = f"{talk.lookups.cite(first, one.name)}{talk.lookups.cite(second, other.name)}"
    differ, alike = _sides(left, right, sides)
    lines = [f"{one.short} and {other.short} differ in {len(differ)} ways: {marks}" if differ else
             f"{one.short} and {other.short} are the same in everything that was compared. {marks}"]  # fmt: skip
    lines += [f"- {name}: {a or 'none'} against {b or 'none'}" for name, a, b in differ]
    lines += [f"The same: {', '.join(alike)}."] if alike else []
    return talk.reply(query, within("\n".join(lines)), subjects=[one, other])


def _sides(
    left: dict[str, Any], right: dict[str, Any], columns: dict[str, str]
) -> tuple[list[tuple[str, str, str]], list[str]]:
    """(name, one, other) of what differs, and the names of what is alike and there."""
    differ: list[tuple[str, str, str]] = []
    alike: list[str] = []
    for column, name in columns.items():
        a, b = cell(column, left.get(column)), cell(column, right.get(column))
        if a == b:
            alike += [name] if a else []
        else:
            differ.append((name, a, b))
    return sorted(differ, key=lambda row: row[0] in OWN), list(dict.fromkeys(alike))
