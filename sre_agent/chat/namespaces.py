"""The namespaces that a question names: the one it keeps to, and of several names the one beside each.

A namespace that stands behind a name says where that one is, and nothing of the other names of the sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from sre_agent.chat.lookup_session import LookupSession, rows
from sre_agent.chat.memory import ConversationMemory
from sre_agent.chat.query import ChatQuery
from sre_agent.entities.lookup import AbsentEntity
from sre_agent.language.mentions import Mention
from sre_agent.language.said_places import own_places

OFFERED: Final = 6
_PLACES: Final = ("in", "from", "of", "for")


class Namespaces:
    def __init__(self, lookups: LookupSession) -> None:
        self._lookups = lookups
        self._names: list[str] | None = None

    async def all(self) -> list[str]:
        """Every namespace; none where they cannot be listed, which proves nothing."""
        if self._names is None:
            evidence = await self._lookups.select("Namespace", columns=["name"], limit=200)
            self._names = [str(row["name"]) for row in rows(evidence)]
        return self._names

    async def of(self, query: ChatQuery, memory: ConversationMemory) -> tuple[str, AbsentEntity | None]:
        """The namespace that the question keeps to (empty: none), or why the one it names cannot be meant."""
        names = await self.all()
        for mention in query.mentions:
            if mention.place == "namespace":
                if not names or mention.name in names:
                    return mention.name, None
                return "", no_namespace(mention.name, names)
        for mention in query.mentions:
            if not mention.kind and mention.name in names and _can_be_a_place(mention, query):
                return mention.name, None
        if query.refers == "there" and memory.namespace:
            return memory.namespace, None
        return "", None

    async def beside(self, query: ChatQuery) -> list[Mention]:
        """The names of things in their order, each with its own namespace by where that stands, if it has one."""
        names = await self.all()
        marks = [m for m in query.mentions if _is_a_place(m, query, names) or m in query.candidates]
        own = own_places([(mention.name, _is_a_place(mention, query, names)) for mention in marks])
        return [
            replace(mention, namespace=mention.namespace or place)
            for mention, place in zip(marks, own, strict=True)
            if not _is_a_place(mention, query, names)
        ]


def no_namespace(name: str, namespaces: Sequence[str]) -> AbsentEntity:
    """That there is no such namespace, and what is near."""
    near = get_close_matches(name, namespaces, n=3, cutoff=0.5)
    offer = f"Similar names: {', '.join(near)}." if near else f"There are: {', '.join(namespaces[:OFFERED])}."
    says = f"There is no namespace {name}. {offer}"
    return AbsentEntity(name, "Namespace", choices=tuple(near), certain=not near, says=says)


def nothing_named(name: str, namespace: str, near: Sequence[str]) -> AbsentEntity:
    """That nothing has the name where it was looked for, and what is near."""
    offer = similar(near) if near or not namespace else " No similar name exists there."
    says = f"There is nothing named {name}{in_namespace(namespace)}.{offer}"
    return AbsentEntity(name, namespace=namespace, choices=tuple(near), says=says)


def in_namespace(namespace: str) -> str:
    return f" in namespace {namespace}" if namespace else ""


def similar(choices: Sequence[str]) -> str:
    return f" Similar names: {', '.join(choices)}." if choices else " No similar name exists."


def _is_a_place(mention: Mention, query: ChatQuery, namespaces: Sequence[str]) -> bool:
    """Whether it is a namespace by the words beside it, or by a preposition and because there is one of that name.

    Of what is reached `from` something, that is the other end.
    """
    if mention.place == "namespace":
        return True
    free = not mention.kind and not mention.namespace and mention.name in namespaces
    return free and mention.place in (("in",) if query.intent == "reach" else _PLACES)


def _can_be_a_place(mention: Mention, query: ChatQuery) -> bool:
    others = [m for m in query.candidates if m is not mention]
    return mention.place in _PLACES or not others or bool(query.kinds)
