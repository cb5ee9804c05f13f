"""Which of the things that exist the names of a question mean. Nothing is guessed where two would fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.addresses import holder_of_address
from sre_agent.chat.cloud_names import CloudNames
from sre_agent.chat.lookup_session import LookupSession, data, rows
from sre_agent.chat.memory import ConversationMemory, is_out_of_reach, unread
from sre_agent.chat.name_rules import has_root, is_certain, may_be_left_out, ordinal_of
from sre_agent.chat.namespaces import Namespaces, in_namespace, nothing_named
from sre_agent.chat.other_of_two import other_of_two
from sre_agent.chat.query import ChatQuery
from sre_agent.entities.candidates import EntityCandidate
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity, Unmet
from sre_agent.entities.settle import settle
from sre_agent.language.mentions import Mention, is_address
from sre_agent.reports.lookups import sentence

SUGGESTION_LIMIT: Final = 6
RARE: Final = ("Node", "PersistentVolumeClaim", "HorizontalPodAutoscaler", "Ingress", "ConfigMap", "PersistentVolume")
TIED: Final = frozenset({"healthy", "why", "fix", "advise", "describe", "metrics"})  # asked of the cloud as well
_WORKLOAD_FIRST: Final = (*w.WORKLOAD_KINDS, "Pod")


class Names:
    def __init__(self, lookups: LookupSession, memory: ConversationMemory) -> None:
        self._lookups, self._memory = lookups, memory
        self._cloud = CloudNames(lookups, memory)
        self._places = Namespaces(lookups)
        self.unmatched: list[str] = []  # names beside others that nothing has, which an answer leaves out and says

    async def namespaces(self) -> list[str]:
        """Every namespace; none where they cannot be listed, which proves nothing."""
        return await self._places.all()

    async def namespace(self, query: ChatQuery) -> tuple[str, AbsentEntity | None]:
        """The namespace that the question keeps to (empty: none), or why the one it names cannot be meant."""
        return await self._places.of(query, self._memory)

    async def subjects_of(self, query: ChatQuery, namespace: str) -> list[Mention]:
        """The mentions that are no namespace; of several each with the namespace that stands behind it."""
        subjects = [m for m in query.candidates if not (m.name == namespace and not m.kind and not m.namespace)]
        return await self._places.beside(query) if len(subjects) > 1 else subjects

    async def all_meant(self, query: ChatQuery, namespace: str) -> list[Lookup]:
        """The subjects of a question, in its order: named ones, else those of the answer before."""
        mentions = await self.subjects_of(query, namespace)
        if any(mention.cloud for mention in mentions):
            mentions = [
                mention for mention in mentions if not (mention.loose and mention.name.lower() in w.CLOUD_KINDS)
            ]
        is_tied = query.intent in TIED and not (query.columns or query.kinds)
        lookups = await self._each(mentions, namespace, is_tied=is_tied)
        if any(one.subject is not None for one in lookups):  # a plain word that is no name was no name
            needed = 2 if query.intent in ("compare", "reach") else 1
            pairs = list(zip(mentions, lookups, strict=True))
            definite = [one for m, one in pairs if one.subject is not None or not may_be_left_out(m, one)]
            if len(definite) >= needed:
                self.unmatched += [m.name for m, one in pairs if one not in definite and not (m.loose or m.is_a_field)]
                lookups = definite
        if query.refers in ("last", "other"):
            if all(m.loose for m in mentions) and all(one.subject is None and not one.choices for one in lookups):
                self.unmatched += [mention.name for mention in mentions]  # `how much cpu do they burn`
                lookups = []
            of_all = (query.intent == "describe" and query.columns) or (query.several and query.intent == "healthy")
            if query.refers == "last" and not lookups and of_all:
                return [ResolvedEntity(subject) for subject in self._memory.subjects[:SUGGESTION_LIMIT]] or [
                    self._nothing()
                ]
            before = self._recall(query)
            if query.refers == "other" and before.subject is None and len(self._memory.subjects) == 1:
                before = await other_of_two(self._lookups, self._memory.subjects[0]) or before
            if before is not None and (not lookups or (len(lookups) == 1 and query.intent in ("compare", "reach"))):
                lookups.append(before)
        return lookups

    async def _each(self, mentions: Sequence[Mention], namespace: str, *, is_tied: bool) -> list[Lookup]:
        """What each name means. The namespace that was said of one is not that of all: the others may be elsewhere."""
        lookups = [await self.subject(mention, namespace, is_tied=is_tied) for mention in mentions]
        if not namespace or all(one.subject is None for one in lookups):
            return lookups
        for place, mention in enumerate(mentions):
            if isinstance(lookups[place], AbsentEntity) and not mention.namespace:
                elsewhere = await self.subject(mention, is_tied=is_tied)
                if is_certain(elsewhere, mention):
                    lookups[place] = elsewhere
        return lookups

    def _recall(self, query: ChatQuery) -> Lookup:
        last, others = self._memory.subjects, self._memory.others
        if query.refers == "other":
            rest = [*last[1:], *others]
            return ResolvedEntity(rest[0]) if rest else AbsentEntity(says="Nothing else has been mentioned yet.")
        if query.pointed and (results := self._memory.pointed_to(query.pointed)):
            last = results
        elif query.pointed:
            last = [s for s in last if s.kind == query.pointed] or last
        if query.ordinal:
            last = last[query.ordinal - 1 : query.ordinal] or last
        is_one_of_them = bool(query.pointed) and all(s.kind == query.pointed for s in last)  # `that pod`, of several
        if len(last) > 1 and self._memory.holder is not None and not is_one_of_them:
            return ResolvedEntity(self._memory.holder)
        if len(last) > 1:
            names = tuple(s.short for s in last[:SUGGESTION_LIMIT])
            says = f"Which one do you mean? The last answer was about {', '.join(names)}."
            return AmbiguousEntity(choices=names, says=says)
        return ResolvedEntity(last[0]) if last else self._nothing()

    def _nothing(self) -> AbsentEntity:
        return AbsentEntity(says="What do you mean? Nothing has been mentioned yet. Name it.")

    async def subject(self, mention: Mention, namespace: str = "", *, is_tied: bool = False) -> Lookup:
        """What a name means, in that namespace where one is given; where nothing in the cluster has it, in AWS.

        `is_tied`: what both have may be either. Else it is the cluster's.
        """
        if is_address(mention.name):
            return await holder_of_address(self._lookups, mention.name)
        kind = mention.kind if mention.kind in w.CLOUD_NOUNS else mention.cloud
        if kind:
            in_cloud = await self._cloud.of_kind(mention.name, kind)
            if in_cloud.subject is not None or mention.kind:
                return in_cloud
            lookup = await self._in_cluster(mention, namespace)
            if lookup.subject is None or lookup.subject.name != mention.name:
                return in_cloud
            note = f"There is no {w.CLOUD_NOUNS[kind]} {mention.name}; {lookup.subject.short} is."
            return replace(lookup, note=note)
        lookup = await self._in_cluster(mention, namespace)
        if mention.kind or is_out_of_reach(lookup) or (lookup.subject is not None and (namespace or not is_tied)):
            return lookup
        beside = lookup if mention.namespace else await self._cloud.beside(mention.name, lookup)
        exact = beside.subject is not None and beside.subject.name == mention.name
        if exact or isinstance(beside, AmbiguousEntity):
            return beside
        return await self._of_a_rare_kind(mention, mention.namespace or namespace) or beside

    async def _in_cluster(self, mention: Mention, namespace: str) -> Lookup:
        place = mention.namespace or namespace
        if mention.kind not in w.NAMED_BY_SEARCH:
            return await self._look_up_by_listing(mention, place)
        kinds = [mention.kind] if mention.kind else []
        evidence = await self._lookups.look_up(
            "kubernetes", "kubectl_find", name=mention.name, namespace=place, kinds=kinds
        )
        if evidence.answer is None:
            return unread(evidence, mention.name, absent=("not_found", "bad_request"))
        candidate = EntityCandidate(kind=mention.kind, namespace=place, name=mention.name, said_in="")
        matches = [m for m in data(evidence).get("matches", []) if isinstance(m, dict)]
        lookup = settle(candidate, evidence)
        if isinstance(lookup, ResolvedEntity):
            if (absent := ordinal_of(mention, lookup.subject)) is not None:
                return absent
            return await self._of_several_pods(mention, namespace, lookup.subject, matches) or lookup
        if (several := self._several(candidate, matches)) is not None:
            return several
        if (near := self._contains(mention, matches)) is not None:
            subject = Subject(scope=str(data(evidence).get("scope", "")), **near)
            note = f"Taking {mention.name} to mean {subject.short}."
            return ResolvedEntity(subject, note=note if subject.name != mention.name else "")
        if kinds:
            return await self._of_another_kind(mention, namespace, lookup)
        near_names = tuple(_short(m) for m in matches[:SUGGESTION_LIMIT])
        return nothing_named(mention.name, place, near_names)

    async def _of_several_pods(
        self, mention: Mention, namespace: str, subject: Subject, matches: Sequence[dict[str, Any]]
    ) -> ResolvedEntity | None:
        """`the cart pod` of a workload with more than one is the workload; None where one pod is meant."""
        alike = [m for m in matches if m.get("kind") == "Pod" and str(m["name"]).startswith(f"{mention.name}-")]
        if mention.kind != "Pod" or subject.name == mention.name or len(alike) < 2:
            return None
        owner = await self._in_cluster(Mention(mention.name, namespace=mention.namespace), namespace)
        if owner.subject is None or owner.subject.kind == "Pod":
            return None
        return ResolvedEntity(owner.subject, note=f"{mention.name} has {len(alike)} pods; this is about all of them.")

    def _several(
        self, candidate: EntityCandidate, matches: Sequence[dict[str, Any]]
    ) -> ResolvedEntity | AmbiguousEntity | None:
        """The same name in several namespaces: the one talked about before, else a choice."""
        exact = [m for m in matches if m.get("exact")]
        places = list(dict.fromkeys(str(m["namespace"]) for m in exact))
        if len(places) < 2 or candidate.namespace:
            return None
        best = [min((m for m in exact if m["namespace"] == place), key=_rank) for place in places]
        here = [m for m in best if m["namespace"] == self._memory.namespace]
        if here:
            rest = ", ".join(_short(m) for m in best if m is not here[0])
            note = f"Taken to mean {candidate.name} in namespace {self._memory.namespace}; {rest} exists too."
            return ResolvedEntity(Subject(scope="", **_parts(here[0])), note=note)
        names = tuple(_short(m) for m in best)
        says = f"{candidate.name} is in several namespaces: {', '.join(names)}. Say which one you mean."
        return AmbiguousEntity(candidate.name, names, says=says)

    def _contains(self, mention: Mention, matches: Sequence[dict[str, Any]]) -> dict[str, str] | None:
        """The only thing whose name has the mention between its hyphens; of a workload and its pods the former."""
        inside = [m for m in matches if f"-{mention.name.lower()}-" in f"-{str(m.get('name', '')).lower()}-"]
        inside.sort(key=_rank)
        if not inside:
            return None
        rest = [m for m in inside[1:] if not str(m["name"]).startswith(f"{inside[0]['name']}")
                or m["namespace"] != inside[0]["namespace"]]  # fmt: skip
        return None if rest else _parts(inside[0])

    async def _of_another_kind(self, mention: Mention, namespace: str, unmet: Unmet) -> Lookup:
        """A wrong kind is no reason to find nothing: what has exactly the name is taken, and that is said."""
        lookup = await self._in_cluster(Mention(mention.name, namespace=mention.namespace), namespace)
        if lookup.subject is not None and lookup.subject.name == mention.name:
            note = f"There is no {mention.kind} {mention.name}; {lookup.subject.short} is."
            return ResolvedEntity(lookup.subject, note=note)
        if lookup.subject is not None:
            return lookup
        if mention.name.isalpha() and (one := await self._by_root(mention, namespace)) is not None:
            return one
        says = sentence(unmet)
        return AbsentEntity(mention.name, mention.kind, choices=lookup.choices, says=says)

    async def _by_root(self, mention: Mention, namespace: str) -> ResolvedEntity | None:
        """`The nightly cron` is the only CronJob whose name has a part from the same root: night-count."""
        place = "" if mention.kind in w.CLUSTER_KINDS else mention.namespace or namespace
        evidence = await self._lookups.select(mention.kind, place, columns=["name"], limit=200)
        alike = [row for row in rows(evidence) if has_root(str(row["name"]), mention.name.lower())]
        if not alike and mention.kind in ("Job", "Pod"):  # `the nightly pod`, of a run of the CronJob of that root
            return await self._by_root(replace(mention, kind="CronJob"), namespace)
        if len(alike) != 1:
            return None
        scope, holder = str(data(evidence).get("scope", "")), str(alike[0].get("namespace") or "")
        subject = Subject(scope=scope, kind=mention.kind, namespace=holder, name=str(alike[0]["name"]))
        return ResolvedEntity(subject, note=f"Taking {mention.name} to mean {subject.short}.")

    async def _of_a_rare_kind(self, mention: Mention, namespace: str) -> ResolvedEntity | None:
        """What exactly has the name among the kinds that a search by name leaves out."""
        for kind in RARE:
            place = "" if kind in w.CLUSTER_KINDS else namespace
            where = [{"column": "name", "is": mention.name}]
            evidence = await self._lookups.select(kind, place, where=where, columns=["name"])
            if len(rows(evidence)) == 1:
                one = rows(evidence)[0]
                scope, holder = str(data(evidence).get("scope", "")), str(one.get("namespace") or "")
                return ResolvedEntity(Subject(scope=scope, kind=kind, namespace=holder, name=mention.name))
        return None

    async def _beside_its_kind(self, mention: Mention, namespace: str) -> Lookup | None:
        """`The pdb of web` is what covers the workload web, and `the volume uploads` a claim: what has the name."""
        plain = replace(mention, kind="")
        lookup = await self._in_cluster(plain, namespace)
        if lookup.subject is None or lookup.subject.name != mention.name:
            lookup = await self._of_a_rare_kind(plain, mention.namespace or namespace) or lookup
        if lookup.subject is None or lookup.subject.name != mention.name:
            return None
        note = f"There is no {mention.kind} {mention.name}; {lookup.subject.short} is."
        return ResolvedEntity(lookup.subject, note=note)

    async def _look_up_by_listing(self, mention: Mention, namespace: str) -> Lookup:
        """A thing of a kind that is looked up by listing: nodes, claims, configuration."""
        place = "" if mention.kind in w.CLUSTER_KINDS else namespace
        evidence = await self._lookups.select(mention.kind, place, columns=["name"], limit=200)
        if evidence.answer is None:
            return unread(evidence, mention.name)
        matching_rows = [row for row in rows(evidence) if row["name"] == mention.name]
        scope = str(data(evidence).get("scope", ""))
        if len(matching_rows) > 1:
            choices = tuple(f"{mention.kind}/{row['namespace']}/{row['name']}" for row in matching_rows)
            says = f"{mention.name} is in several namespaces: {', '.join(choices)}."
            return AmbiguousEntity(mention.name, choices, says=says)
        if matching_rows:
            place = str(matching_rows[0].get("namespace") or "")
            return ResolvedEntity(Subject(scope=scope, kind=mention.kind, namespace=place, name=mention.name))
        if (subject := await self._beside_its_kind(mention, namespace)) is not None:
            return subject
        near = get_close_matches(
            mention.name, [str(row["name"]) for row in rows(evidence)], n=SUGGESTION_LIMIT, cutoff=0.5
        )
        offer = f" Similar names: {', '.join(near)}." if near else ""
        says = f"There is no {mention.kind} named {mention.name}{in_namespace(place)}.{offer}"
        return AbsentEntity(mention.name, mention.kind, namespace=place, choices=tuple(near), says=says)


def _rank(match: dict[str, Any]) -> int:
    kind = str(match.get("kind"))
    return _WORKLOAD_FIRST.index(kind) if kind in _WORKLOAD_FIRST else len(_WORKLOAD_FIRST)


def _parts(match: dict[str, Any]) -> dict[str, str]:
    return {part: str(match.get(part) or "") for part in ("kind", "namespace", "name")}


def _short(match: dict[str, Any]) -> str:
    return "/".join(str(match[part]) for part in ("kind", "namespace", "name") if match.get(part))
