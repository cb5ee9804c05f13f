"""What can be reached from outside of the cluster: hosts of Ingresses, and Services that are open to the outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.attribute_values import value_text
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import select
from sre_agent.chat.answers.wording import things, where
from sre_agent.chat.attributes import in_full
from sre_agent.chat.lookup_session import data, enumeration, plain, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

OPEN_TYPES: Final = ("LoadBalancer", "NodePort")
_ATTRIBUTES: Final = {  # what is told of each
    "Ingress": ("hosts", "backends", "tls_secret", "address"),
    "Service": ("type", "external_address", "ports", "node_port"),
}
_MOST: Final = 50
_LIMITS: Final = "Gateways, external IPs, host ports, and what AWS or a proxy puts in front of pods are not looked at."
_IS_OPEN: Final = {"Service": [{"column": "spec.type", "is": [*OPEN_TYPES]}]}  # conditions that the server counts by


@answers("exposed")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    whose: Sequence[Subject | None] = subjects or [None]
    texts = [await _exposure(talk, namespace, subject) for subject in whose]
    return talk.reply(query, within("\n".join([*texts, _LIMITS])), subjects=subjects, namespace=namespace)


async def _exposure(talk: AnswerContext, namespace: str, subject: Subject | None) -> str:
    lines: list[str] = []
    marks: list[str] = []
    for kind, names in _ATTRIBUTES.items():
        attributes = in_full(names)
        columns = list(dict.fromkeys(column for one in attributes for column in one.columns(kind)))
        evidence = await _page(talk, namespace, subject, kind, columns)
        if evidence is None:
            continue
        if evidence.answer is None:
            lines.append(f"The {kind} objects could not be read: {plain(evidence.error)} {talk.lookups.cite(evidence)}")
            continue
        page = [one for one in rows(evidence) if kind == "Ingress" or _is_open(one)]
        more = int(data(evidence)["count"]) - len(rows(evidence))
        marks.append(talk.lookups.cite(evidence, enumeration([str(one["name"]) for one in page]) if page else ""))
        for one in page:
            cells = [text for attribute in attributes if (text := value_text(attribute, one, kind))]
            place = f" ({one['namespace']})" if one.get("namespace") else ""
            lines.append(f"- {kind} {one['name']}{place}: {', '.join(cells)} {marks[-1]}")
        lines += [f"and {things(kind, more)} more."] if more > 0 else []
    about = f"of {subject.short}" if subject is not None else where(namespace)
    if not lines:
        nothing = f"Nothing {about} is exposed: no Ingress and no Service of type {' or '.join(OPEN_TYPES)} was found."
        return f"{nothing} {''.join(marks)}"
    return "\n".join([f"What can be reached from outside {about}:", *lines])


async def _page(
    talk: AnswerContext, namespace: str, subject: Subject | None, kind: str, columns: Sequence[str]
) -> Evidence | None:
    """The objects of the kind, or those that belong to the subject; None where nothing joins it with such a kind."""
    if subject is None:
        return await talk.lookups.select(kind, namespace, where=_IS_OPEN.get(kind), columns=[*columns], limit=_MOST)
    return await select(talk, subject, kind, [*columns], limit=_MOST)


def _is_open(service: dict[str, Any]) -> bool:
    return any(value in OPEN_TYPES for value in service.values() if isinstance(value, str))
