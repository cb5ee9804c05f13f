"""Words that no table knows and that can be no object's name: kinds that an add-on brings, and products.

What the cluster serves decides. What is not there is said: nobody is told of a workload's health in answer to a
question about an operator that was never installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sre_agent.chat.lookup_session import LookupSession, data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.states import state
from sre_agent.language.lexicon import terms
from sre_agent.language.mentions import Mention

_KIND: Final = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+")  # ScaledObject: no name in Kubernetes has a capital
_PRODUCT: Final = re.compile(r"[A-Z]{4,}|[A-Z][a-z]{3,}")
LISTING_INTENTS: Final = ("list", "count")
ABOUT_THINGS: Final = (*LISTING_INTENTS, "why", "healthy", "describe")
NAMES: Final = 200  # custom kinds that are looked through


@dataclass(frozen=True)
class StrangeWords:
    """The question with the kinds that were found, and what is to be said of what was not. `only`: and nothing else
    can be answered."""

    query: ChatQuery
    notes: tuple[str, ...] = ()
    only: bool = False


async def settled(query: ChatQuery, lookups: LookupSession) -> StrangeWords:
    """One call for each such word, and none for a plain question."""
    notes: list[str] = []
    for mention in _kinds(query):
        evidence = await lookups.select(mention.name, columns=["name"], limit=1)
        is_kind = evidence.answer is not None
        if not is_kind and not _KIND.fullmatch(mention.name):
            continue  # a word like any other
        query = _without(query, mention)
        if is_kind:
            kind = str(data(evidence)["kind"])
            mentions = tuple(replace(m, kind=m.kind or kind) if m in query.candidates else m for m in query.mentions)
            query = replace(query, mentions=mentions, kinds=() if query.candidates else (kind,))
        elif evidence.refusal is not None and evidence.refusal.kind == "not_found":
            notes.append(
                f"There is no kind {mention.name}: the cluster serves no such resource. {lookups.cite(evidence)}"
            )
        else:
            notes.append(f"Whether there is a kind {mention.name} could not be seen. {lookups.cite(evidence)}")
    for mention in _products(query):
        if (note := await _absent(mention.name, lookups)) is not None:
            query = _without(query, mention)
            notes.append(note)
    return StrangeWords(query, tuple(notes), bool(notes) and not (query.candidates or query.refers or query.kinds))


def _kinds(query: ChatQuery) -> Iterator[Mention]:
    """What is written as a kind is, and what stands alone where things of a kind are to be listed."""
    for mention in query.mentions:
        alone = query.intent in LISTING_INTENTS and not query.kinds and mention.loose
        free = (
            not mention.exists
            and not mention.kind
            and mention.name not in terms()
            and state(mention.name.lower()) is None
        )
        if free and (_KIND.fullmatch(mention.name) or alone):
            yield mention


def _products(query: ChatQuery) -> Iterator[Mention]:
    for mention in query.candidates:
        first = query.text.startswith(mention.name) and not mention.name.isupper()  # a sentence begins with a capital
        free = mention.loose and not first and mention.name not in terms()
        if free and query.intent in ABOUT_THINGS and _PRODUCT.fullmatch(mention.name):
            yield mention


async def _absent(name: str, lookups: LookupSession) -> str | None:
    """That nothing shows that a product is installed; None where something is named so."""
    low = name.lower()
    near = await lookups.look_up("kubernetes", "kubectl_find", name=low, namespace="", kinds=[])
    if any(low in str(match.get("name", "")) for match in data(near).get("matches", [])):
        return None
    definitions = await lookups.select("CustomResourceDefinition", columns=["spec.group"], limit=NAMES)
    if near.answer is None or definitions.answer is None:
        unread = definitions if definitions.answer is None else near
        return f"Whether {name} is installed could not be seen. {lookups.cite(unread)}"
    if any(low in f"{row.get('spec.group')} {row['name']}" for row in rows(definitions)):
        return None
    return (
        f"{name} was not found: nothing in the cluster is named so, and no API group of it. {lookups.cite(definitions)}"
    )


def _without(query: ChatQuery, mention: Mention) -> ChatQuery:
    return replace(query, mentions=tuple(one for one in query.mentions if one is not mention))
