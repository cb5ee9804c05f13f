"""Which of the words in doubt are names of things that exist: one lookup a word, and none for a plain question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.refusals import Refusal
from sre_agent.chat import words as w
from sre_agent.chat.lookup_session import LookupSession, data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.uncertain_names import UncertainName
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity, UnavailableEntity
from sre_agent.language.tokens import words

MOST: Final = 6  # words of a sentence that are looked up
WIDE: Final = frozenset(
    {"anything", "everything", "nothing", "something", "all", "any", "what", "whats", "overview", "cluster"}
)
WIDE_INTENTS: Final = ("healthy", "why", "troubles", "changes", "events")


async def existing(lookups: LookupSession, doubts: Sequence[UncertainName], text: str) -> dict[str, str]:
    """The names by the words that stand for them; a word whose lookup was refused stays a word."""
    names: dict[str, str] = {}
    spaces = {str(row["name"]) for row in rows(await lookups.select("Namespace", columns=["name"], limit=200))}
    for doubt in doubts[:MOST]:
        word_set = {part.lower() for word, _ in words(text) for part in word.split("/")} - {doubt.word}
        match await _looked_up(lookups, doubt, spaces, word_set & spaces):
            case ResolvedEntity(subject=subject):
                names[doubt.word] = subject.name
            case AmbiguousEntity():  # it is a part of names: that it is none of them is not said
                names[doubt.word] = doubt.word
            case AbsentEntity() | UnavailableEntity():
                pass
    return names


async def nowhere(lookups: LookupSession, queries: Sequence[ChatQuery], idle: Sequence[str]) -> list[str]:
    """Those of the words that nothing is called like, not even nearly, where a question about everything there is has
    no other names."""
    names = {mention.name.lower() for query in queries if _is_wide(query) for mention in query.candidates}
    if not names or not names <= set(idle):
        return []
    absent = await absent_words(lookups, sorted(names))
    return absent if len(absent) == len(names) else []


async def absent_words(lookups: LookupSession, word_list: Sequence[str]) -> list[str]:
    """Those of the words that nothing in the cluster is called like, not even nearly."""
    absent: list[str] = []
    for word in word_list[:MOST]:
        evidence = await lookups.look_up("kubernetes", "kubectl_find", name=word, namespace="", kinds=[])
        absent += [word] if evidence.answer is not None and not _matches(evidence) else []
    return absent


def _is_wide(query: ChatQuery) -> bool:
    return query.intent in WIDE_INTENTS and any(word.lower() in WIDE for word, _ in words(query.text))


async def _looked_up(lookups: LookupSession, doubt: UncertainName, spaces: set[str], places: set[str]) -> Lookup:
    if doubt.word in spaces:
        return _thing("Namespace", doubt.word)
    if doubt.cloud:
        if "cloudwatch" not in lookups.servers:
            return UnavailableEntity(Refusal(kind="unavailable", code="not_configured", asked=doubt.word))
        evidence = await lookups.look_up("cloudwatch", "find_resources", name=doubt.word, kinds=[doubt.cloud])
        exact = [str(m["name"]) for m in _matches(evidence) if m.get("exact")]
        return _thing(doubt.cloud, exact[0]) if exact else _nothing(evidence, doubt)
    if doubt.kind and doubt.kind not in w.NAMED_BY_SEARCH:
        listing = await lookups.select(doubt.kind, where=[{"column": "name", "is": doubt.word}], columns=["name"])
        if rows(listing):
            return _thing(doubt.kind, doubt.word)
    evidence = await lookups.look_up("kubernetes", "kubectl_find", name=doubt.word, namespace="", kinds=[])
    here = [m for m in _matches(evidence) if not places or m.get("namespace") in places]
    whole = [m for m in here if str(m["name"]).lower() == doubt.word]
    if whole:
        return _thing(str(whole[0].get("kind") or ""), str(whole[0]["name"]))
    part = [str(m["name"]) for m in here if f"-{doubt.word}-" in f"-{m['name']}-"] if doubt.part else []
    return AmbiguousEntity(doubt.word, tuple(part)) if part else _nothing(evidence, doubt)


def _thing(kind: str, name: str) -> ResolvedEntity:
    return ResolvedEntity(Subject(scope="", kind=kind, name=name))


def _nothing(evidence: Evidence, doubt: UncertainName) -> AbsentEntity | UnavailableEntity:
    return UnavailableEntity(evidence.refusal) if evidence.refusal is not None else AbsentEntity(doubt.word)


def _matches(evidence: Evidence) -> list[dict[str, Any]]:
    return [match for match in data(evidence).get("matches", []) if isinstance(match, dict)]
