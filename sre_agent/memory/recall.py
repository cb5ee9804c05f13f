"""Which past incidents a new one is like: by structure first, then by words, within its own place and namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Incident
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.past_incident import PastIncident, SeenBefore
from sre_agent.memory.remembering import namespace_of
from sre_agent.memory.wording import seen_before
from sre_agent.settings.memory import MemorySettings
from sre_agent.store import Store

SHOWN: Final = 3
COMPARED: Final = 200  # of a namespace, the newest
SHARED_SIGNS: Final = 2  # abnormal things in common from which on two incidents are alike


@dataclass(frozen=True)
class Likeness:
    """What two incidents have in common, the most telling first."""

    same_cause: bool
    same_class: bool
    same_alarm: bool
    same_subject: bool
    signs: int

    @property
    def by_structure(self) -> bool:
        return self.same_class or self.same_alarm or (self.same_subject and self.signs >= SHARED_SIGNS)

    @property
    def rank(self) -> tuple[int, ...]:
        return (self.same_cause, self.same_class, self.same_alarm, self.same_subject, self.signs)

    @property
    def words(self) -> list[str]:
        """For people; empty where only words are shared."""
        lines = ["the same cause"] if self.same_cause else ["the same failure class"] if self.same_class else []
        lines += ["the same alarm"] if self.same_alarm else []
        lines += ["the same workload"] if self.same_subject and not self.same_cause else []
        lines += [f"{self.signs} of the same signs"] if self.signs else []
        return lines


@dataclass(frozen=True)
class Recall:
    """Of one place. Nothing that ended longer ago than the settings say is recalled."""

    store: Store
    settings: MemorySettings
    place: str

    async def seen_before(
        self, incident: Incident, diagnosis: Diagnosis, *, alarm: str, signs: Sequence[str], now: datetime
    ) -> list[SeenBefore]:
        """The past incidents that this one is most like, the most alike first, of those that had ended by `now`."""
        namespace = namespace_of(incident, diagnosis)
        past = await self.store.past_incidents(place=self.place, namespace=namespace, limit=COMPARED)
        alike = {one.incident: likeness(one, incident, diagnosis, alarm, signs) for one in past}
        ranked = sorted((one for one in past if alike[one.incident].by_structure), key=_newest, reverse=True)
        ranked.sort(key=lambda one: alike[one.incident].rank, reverse=True)
        if len(ranked) < SHOWN:
            ranked += await self._by_words(incident, namespace, alike, ranked)
        ranked = [one for one in ranked if self._is_recalled(one, incident.id, now)][:SHOWN]
        grades = {one.incident: await self.store.grade(one.incident) for one in ranked}
        return [seen_before(one, grades[one.incident], alike[one.incident].words) for one in ranked]

    async def confirmed(self, incident: Incident, *, alarm: str, catalogue: str, now: datetime) -> PastIncident | None:
        """The newest incident of the same alarm whose verdict is confirmed, where the same rules judge this one; None
        where a person corrected a newer one."""
        if not self.settings.memory_recurrence or not alarm or incident.reopens:
            return None
        for past in await self.store.past_incidents_of_alarm(alarm, place=self.place, limit=COMPARED):
            if not self._is_recalled(past, incident.id, now):
                continue
            grade = await self.store.grade(past.incident)
            if grade is not None and grade.correctness != "right":
                return None
            same_rules = (past.catalogue, past.graph_version) == (catalogue, incident.graph_version)
            if is_confirmed(past, grade):
                return past if same_rules else None
        return None

    async def _by_words(
        self,
        incident: Incident,
        namespace: str,
        alike: Mapping[IncidentId, Likeness],
        already: Sequence[PastIncident],
    ) -> list[PastIncident]:
        names = " ".join(subject.name for subject in incident.subjects)
        text = f"{incident.title} {names}"
        past = await self.store.past_incidents_like(text, place=self.place, namespace=namespace, limit=2 * SHOWN)
        return [one for one in past if one not in already and one.incident in alike]

    def _is_recalled(self, past: PastIncident, incident: IncidentId, now: datetime) -> bool:
        age = now - past.ended_at
        return past.incident != incident and timedelta() <= age <= timedelta(days=self.settings.memory_days)


def is_confirmed(past: PastIncident, grade: IncidentGrade | None) -> bool:
    """Whether a person called its verdict right, or its remedy was seen to heal and lasted."""
    if past.verdict != "cause" or not past.causes:
        return False
    if grade is not None:
        return grade.correctness == "right"
    return past.reason == "fixed" and not past.came_back


def likeness(
    past: PastIncident, incident: Incident, diagnosis: Diagnosis, alarm: str, signs: Sequence[str]
) -> Likeness:
    causes = diagnosis.causes
    names = {(subject.kind, subject.name) for subject in incident.subjects}
    return Likeness(
        same_cause=bool({cause.key for cause in past.causes} & {cause.key for cause in causes}),
        same_class=any(
            (one.failure_class, one.subject.kind) == (cause.failure_class, cause.subject.kind)
            for one in past.causes
            for cause in causes
        ),
        same_alarm=bool(alarm) and past.alarm == alarm,
        same_subject=bool(names & {(subject.kind, subject.name) for subject in past.subjects}),
        signs=len({*past.observations} & {*signs}),
    )


def _newest(past: PastIncident) -> datetime:
    return past.ended_at
