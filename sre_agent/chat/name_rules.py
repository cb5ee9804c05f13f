"""When a name means a thing: by its root, by the number of a pod, and when it may be left out of a question."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity
from sre_agent.language.mentions import Mention

ROOT: Final = 4  # letters


def has_root(name: str, word: str) -> bool:
    """Whether a part of a name and a word begin alike, one with all of the other: `night`, `nightly`."""
    parts = [part for part in name.lower().split("-") if len(part) >= ROOT]
    return len(word) >= ROOT and any(word.startswith(part) or part.startswith(word) for part in parts)


def ordinal_of(mention: Mention, subject: Subject) -> AbsentEntity | None:
    """That a StatefulSet has no pod of that number: its others are no answer to a question about that one."""
    base, _, number = mention.name.rpartition("-")
    if subject.kind != "StatefulSet" or subject.name != base or not number.isdigit():
        return None
    says = f"There is no pod {mention.name} now. Its StatefulSet is {subject.short}."
    return AbsentEntity(mention.name, "Pod", namespace=subject.namespace, choices=(subject.short,), says=says)


def is_certain(lookup: Lookup, mention: Mention) -> bool:
    """Whether something has exactly that name, or several have, or nothing is even near it."""
    if isinstance(lookup, ResolvedEntity):
        return lookup.subject.name == mention.name
    return isinstance(lookup, AmbiguousEntity) or (isinstance(lookup, AbsentEntity) and not lookup.choices)


def may_be_left_out(mention: Mention, lookup: Lookup) -> bool:
    """Whether the other names of a question can be answered without one that nothing is called like."""
    if mention.loose or mention.is_a_field:
        return True
    return isinstance(lookup, AbsentEntity) and not (lookup.choices or mention.kind)
