"""Which AWS resources the names of a question mean: functions, queues, tables and what else has metrics or alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.refusals import Refusal
from sre_agent.chat import words as w
from sre_agent.chat.lookup_session import LookupSession, plain
from sre_agent.chat.memory import ConversationMemory, unread
from sre_agent.chat.namespaces import nothing_named, similar
from sre_agent.entities.candidates import EntityCandidate
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity, UnavailableEntity
from sre_agent.entities.settle import found_in, settle

SUGGESTION_LIMIT: Final = 6
SERVER: Final = "cloudwatch"
UNASKED: Final = "Whether AWS has a resource of that name could not be looked up."
Match = dict[str, Any]


class CloudNames:
    """Where AWS did not answer, it is not asked again in this conversation but for what only it can have."""

    def __init__(self, lookups: LookupSession, memory: ConversationMemory) -> None:
        self._lookups, self._memory = lookups, memory

    async def of_kind(self, name: str, kind: str) -> Lookup:
        """The resource of that kind; near names where there is none."""
        if SERVER not in self._lookups.servers:
            says = f"No {w.CLOUD_NOUNS[kind]} can be looked up: CloudWatch is not configured."
            return UnavailableEntity(Refusal(kind="unavailable", code="not_configured", asked=name, wrong=says), says)
        evidence = await self._lookups.look_up(SERVER, "find_resources", name=name, kinds=[kind])
        if evidence.answer is None:
            return unread(evidence, name, absent=("not_found",))
        matches = found_in(evidence)
        candidate = EntityCandidate(kind=kind, name=name, said_in="", kinds=[kind])
        lookup = settle(candidate, evidence)
        if isinstance(lookup, ResolvedEntity):
            return lookup
        says = f"There is no {w.CLOUD_NOUNS[kind]} named {name}.{similar(_names(matches))}"
        return self._near(name, matches) or AbsentEntity(name, kind, choices=_names(matches), says=says)

    async def beside(self, name: str, lookup: Lookup) -> Lookup:
        """What the cluster has of that name, or what AWS has; a choice where both have it."""
        if SERVER not in self._lookups.servers:
            return lookup
        if self._memory.cloud_is_silent:
            return _with(lookup, UNASKED)
        evidence = await self._lookups.look_up(SERVER, "find_resources", name=name)
        if evidence.answer is None:
            self._memory.cloud_is_silent = True
            return _with(lookup, f"{UNASKED} {plain(evidence.error)}")
        matches = found_in(evidence)
        exact = [_subject(match) for match in matches if match["exact"]]
        there = [lookup.subject] if lookup.subject is not None and lookup.subject.name == name else []
        if exact:
            return self._one_of(name, [*there, *exact], lookup)
        if isinstance(lookup, ResolvedEntity | AmbiguousEntity):
            return lookup
        if (near := self._near(name, matches)) is not None:
            return near
        choices = (*lookup.choices, *_names(matches))[:SUGGESTION_LIMIT]
        return nothing_named(name, lookup.namespace if isinstance(lookup, AbsentEntity) else "", choices)

    def _one_of(self, name: str, subjects: Sequence[Subject], lookup: Lookup) -> Lookup:
        """The only one; of several the one that was talked about, else a choice."""
        several = lookup.choices if isinstance(lookup, AmbiguousEntity) else ()
        if len(subjects) == 1 and not several:
            return ResolvedEntity(subjects[0])
        recent = [one for one in subjects if one.key[1:] in {other.key[1:] for other in self._memory.subjects}]
        if len(recent) == 1:
            rest = ", ".join(one.short for one in subjects if one is not recent[0])
            return ResolvedEntity(recent[0], note=f"Taken to mean {recent[0].short}; {rest} exists too.")
        choices = (*several, *(one.short for one in subjects))
        says = f"{name} is the name of several things: {', '.join(choices)}. Say which one you mean."
        return AmbiguousEntity(name, choices, differ_in="kind", says=says)

    def _near(self, name: str, matches: Sequence[Match]) -> ResolvedEntity | None:
        """The only resource whose name has this one between its hyphens."""
        inside = [match for match in matches if f"-{name.lower()}-" in f"-{str(match['name']).lower()}-"]
        if len(inside) != 1:
            return None
        resource = _subject(inside[0])
        return ResolvedEntity(resource, note=f"Taking {name} to mean {resource.short}.")


def _subject(match: Match) -> Subject:
    return Subject(scope=str(match.get("scope") or ""), kind=str(match["kind"]), name=str(match["name"]))


def _names(matches: Sequence[Match]) -> tuple[str, ...]:
    return tuple(f"{match['kind']}/{match['name']}" for match in matches[:SUGGESTION_LIMIT])


def _with(lookup: Lookup, sentence: str) -> Lookup:
    return lookup if isinstance(lookup, ResolvedEntity) else replace(lookup, says=f"{lookup.says} {sentence}".strip())
