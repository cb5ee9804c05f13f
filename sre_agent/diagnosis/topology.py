"""Who has to do with whom: relations followed from the focus, and names in logs that point at a known subject."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from mcp_servers.contract.facts import Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
DEPENDENCY_ATTRIBUTES: Final = {code: entry.points_at for code, entry in OBSERVATIONS.items() if entry.points_at}
OF_THE_CLOUD: Final = ("Database", "Table", "Queue", "Function", "Cache", "LoadBalancer", "NatGateway")
OVER: Final = ("scales", "guards", "limits", "routes_to")  # what steers or restrains a thing
UNDER: Final = ("refers_to", "bound_to")  # what it stands on
BESIDE: Final = ("selects", "runs_on", "watches", "served_by", *OVER, *UNDER)
CALL_DEPTH = 4
_PORT = re.compile(r":\d+$")

Keys = set[SubjectKey]


class Topology:
    def __init__(self, evidence_set: EvidenceSet) -> None:
        self._evidence_set = evidence_set
        self._out: dict[str, dict[SubjectKey, Keys]] = defaultdict(lambda: defaultdict(set))
        self._in: dict[str, dict[SubjectKey, Keys]] = defaultdict(lambda: defaultdict(set))
        self.subjects = dict(evidence_set.subjects)
        self._families: dict[SubjectKey, Keys] = {}
        self._neighbourhoods: dict[SubjectKey, Keys] = {}
        for relation in evidence_set.relations:
            self._add(relation.kind, relation.source, self._canonical(relation.target))
        for fact in evidence_set.facts:
            if (target := self.target(fact)) is not None:
                self._add("calls", fact.subject, target)

    def _add(self, kind: str, source: Subject, target: Subject) -> None:
        self.subjects.setdefault(source.key, source)
        self.subjects.setdefault(target.key, target)
        self._out[kind][source.key].add(target.key)
        self._in[kind][target.key].add(source.key)

    def target(self, observed_fact: ObservedFact) -> Subject | None:
        """What a log line that names an address or resource points at; an unknown address is a subject itself."""
        attribute = DEPENDENCY_ATTRIBUTES.get(observed_fact.code)
        name = str(observed_fact.observation.attributes.get(attribute, "")) if attribute else ""
        if not name:
            return None
        if kinds := OBSERVATIONS[observed_fact.code].points_at_kinds:
            service = str(observed_fact.observation.attributes.get("service", "")).lower()
            return self._by_name(kinds, name) or (
                Subject(scope="", kind="Table", name=name) if "dynamo" in service else None
            )
        host = _PORT.sub("", name.split("://")[-1].split("/")[0])
        return self._host(host, observed_fact.subject)

    def _canonical(self, subject: Subject) -> Subject:
        """A target as those call it who observed it: an alarm may know it by another account or region, or by none."""
        if subject.kind == "Address":
            return self._host(_PORT.sub("", subject.name), subject)
        return self._observed_as(subject) or subject

    def _observed_as(self, subject: Subject) -> Subject | None:
        """The one thing of the cloud with that kind and name that was observed, where the subject itself was not."""
        if subject.kind not in OF_THE_CLOUD:
            return None
        same = {s.subject.key: s.subject for s in self._evidence_set.facts if s.subject.key[1:] == subject.key[1:]}
        return next(iter(same.values())) if len(same) == 1 and subject.key not in same else None

    def _host(self, host: str, near: Subject) -> Subject:
        first, *rest = host.split(".")
        namespace = rest[0] if rest else near.namespace
        for subject in self._evidence_set.subjects.values() if len(rest) < 2 or rest[1] == "svc" else ():
            if subject.kind == "Service" and (subject.name, subject.namespace) == (first, namespace):
                return subject
        database = self._by_name(("Database",), first) or self._by_name(("Database", "Address"), host)
        return database or Subject(scope=near.scope, kind="Address", name=host)

    def _by_name(self, kinds: Iterable[str], name: str) -> Subject | None:
        return next((s for s in self._evidence_set.subjects.values() if s.kind in kinds and s.name == name), None)

    def resolve(self, subject: Subject) -> Subject:
        """The subject as the sources call it, where the signal knows another scope or none."""
        if (observed := self._observed_as(subject)) is not None:
            return observed
        if subject.key in self.subjects:
            return subject
        same = [s for k, s in self.subjects.items() if k[1:] == subject.key[1:]]
        return same[0] if same else subject

    def root(self, key: SubjectKey) -> SubjectKey:
        """The topmost owner that is known."""
        visited = {key}
        while owners := sorted(self._in["owns"][key] - visited):
            key = owners[0]
            visited.add(key)
        return key

    def workload(self, key: SubjectKey) -> SubjectKey:
        """The workload that a pod belongs to; a pod without a known one stands for itself."""
        root = self.root(key)
        return root if root.kind in WORKLOADS or key.kind != "Pod" else key

    def workload_tree(self, key: SubjectKey) -> Keys:
        """The subject's root, all that it owns, and its logs; of a Service also what it selects."""
        if key not in self._families:
            self._families[key] = self._whole_family(key)
        return self._families[key]

    def _whole_family(self, key: SubjectKey) -> Keys:
        family: Keys = set()
        start = {self.root(key)}
        if key.kind == "Service":
            start |= {self.root(k) for k in self._out["selects"][key]}
        while start:
            one = start.pop()
            family.add(one)
            start |= self._out["owns"][one] - family
        return family | self._namesakes(family)

    def _namesakes(self, family: Keys) -> Keys:
        """What monitoring knows by the workload's name alone: log groups with it in their path, a metric's Service."""
        names = {k.name for k in family if k.kind in (*WORKLOADS, "Service") and k.namespace}
        groups = {k for k in self.subjects if k.kind == "LogGroup" and names & set(k.name.split("/"))}
        return groups | {k for k in self.subjects if k.kind == "Service" and not k.namespace and k.name in names}

    def callees(self, family: Keys) -> Keys:
        return self._step("calls", family, self._out)

    def services(self, family: Keys) -> Keys:
        return {k for k in self._step("selects", family, self._in) if k.kind == "Service"}

    def callers(self, family: Keys) -> Keys:
        """Workloads that need something of this family, by its own name or by the Service before it."""
        services = self._step("selects", family, self._in)
        return {self.workload(k) for k in self._step("calls", family | services, self._in)} - family

    def onward(self, keys: Keys, *relations: str) -> Keys:
        """What these relations lead to from any of `keys`."""
        return {other for kind in relations for other in self._step(kind, keys, self._out)}

    def backward(self, keys: Keys, *relations: str) -> Keys:
        """Where these relations to any of `keys` come from."""
        return {other for kind in relations for other in self._step(kind, keys, self._in)}

    def neighbourhood(self, key: SubjectKey) -> Keys:
        """The family, and one step along every relation from it; callers and callees with their own families."""
        if key not in self._neighbourhoods:
            self._neighbourhoods[key] = self._all_related(key)
        return self._neighbourhoods[key]

    def _all_related(self, key: SubjectKey) -> Keys:
        family = self.workload_tree(key)
        near = set(family)
        near |= self.backward(family, *BESIDE) | self.onward(family, *BESIDE)
        near |= self.backward(self._step("selects", family, self._in), "routes_to")
        for other in (*self.callees(family), *self.callers(family)):
            near |= self.workload_tree(other)
        return near | self._step("watches", near, self._in)

    def reach(self, focus: Iterable[Subject]) -> tuple[Keys, Keys]:
        """The focus itself (its families), and everything near it, along calls up to three steps away."""
        own: Keys = set()
        for subject in focus:
            key = self.resolve(subject).key
            own |= self.workload_tree(key)
            if key.kind == "Namespace":
                own |= {one for one in self.subjects if one.namespace == key.name}
            if key.kind == "HorizontalPodAutoscaler":  # what it wants and does not get, its workload lacks
                own |= {one for target in self._out["scales"][key] for one in self.workload_tree(target)}
            if key.kind == "Alarm":
                for target in self._out["watches"][key]:
                    own |= self.workload_tree(target)
        own |= self._asked_alarms() | self.services(own)
        near, edge = set(own), set(own)
        for _ in range(CALL_DEPTH):
            edge = {k for other in self.callees(edge) for k in self.workload_tree(other)} - near
            near |= edge | self.backward(edge, *OVER) | self.onward(edge, *UNDER, "runs_on")
        for key in list(own):
            near |= self.neighbourhood(key) if key.kind not in ("Pod", "ReplicaSet", "LogGroup") else set()
        for kind in ("runs_on", "watches"):
            near |= self._step(kind, own, self._out) | self._step(kind, own, self._in)
        return own, near

    def _asked_alarms(self) -> Keys:
        """Alarms that were asked for by name: the signal's own."""
        names = {str(e.arguments.get("name")) for e in self._evidence_set.evidence if e.tool == "describe_alarm"}
        return {k for k in self.subjects if k.kind == "Alarm" and k.name in names}

    def points_at(self, observation: ObservedFact, key: SubjectKey) -> bool:
        """Whether an observation that names an address or resource means `key`; True for those that name none."""
        target = self.target(observation)
        if target is None:
            return True
        return target.key in self.workload_tree(key) or target.key == key or target.key[1:] == key[1:]

    def is_meant(self, observation: ObservedFact, key: SubjectKey) -> bool:
        """Whether an observation that names an address or resource means `key` or a Service before it."""
        before = self.services(self.workload_tree(key))
        return any(self.points_at(observation, one) for one in (key, *before))

    def _step(self, kind: str, keys: Keys, way: dict[str, dict[SubjectKey, Keys]]) -> Keys:
        return {other for key in keys for other in way[kind].get(key, set())}
