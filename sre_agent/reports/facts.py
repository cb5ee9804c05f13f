"""What a run saw, as the parts of a report need it: the investigation and the looks after a write apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from mcp_servers.contract.facts import Subject, SubjectKey
from sre_agent.diagnosis.links import WORKLOADS, Links
from sre_agent.diagnosis.scene import Scene, Seen
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident

VERIFIER = "verifier"
_APART: Final = "metric alarm exit_code image probe missing_name address variable reason message condition revision"
Line = tuple[str, Sequence[str]]  # a sentence and the sources that show it


@dataclass(frozen=True)
class Facts:
    """`day` is when the incident was opened: times of that day are told without their date."""

    incident: Incident
    diagnosis: Diagnosis
    ledger: Sequence[Evidence]

    @property
    def day(self) -> datetime:
        return self.incident.opened_at

    @property
    def cause(self) -> Hypothesis | None:
        """What is believed to be, or to have been, the cause."""
        return self.diagnosis.hypothesis if self.diagnosis.verdict in ("cause", "recovered") else None

    @cached_property
    def scene(self) -> Scene:
        return Scene([item for item in self.ledger if item.agent != VERIFIER])

    @cached_property
    def after(self) -> Scene:
        """The looks after a write; the newest answer of each call."""
        return Scene([item for item in self.ledger if item.agent == VERIFIER])

    @cached_property
    def links(self) -> Links:
        return Links(self.scene)

    @cached_property
    def meant(self) -> list[Subject]:
        """The signal's subjects, and the cause's."""
        found = [self.links.resolve(subject) for subject in self.incident.subjects]
        return [*found, self.cause.subject] if self.cause is not None else found

    @cached_property
    def near(self) -> set[SubjectKey]:
        """What stands next to the meant ones, with the alarms of the signals."""
        named = {signal.alarm.name for signal in self.incident.signals if signal.alarm}
        alarms = {key for key in self.links.subjects if key.kind == "Alarm" and key.name in named}
        return alarms.union(*(self.links.related(subject.key) for subject in self.meant))

    @cached_property
    def callers(self) -> list[str]:
        """The workloads that need what the cause sits on, as people write them."""
        if self.cause is None:
            return []
        family = self.links.family(self.cause.subject.key) | {self.cause.subject.key}
        found = sorted(self.links.callers(family))
        return [self.links.subjects[key].short for key in found if key.kind in (*WORKLOADS, "Pod")]

    def about(self, short: str, *, after: bool = False) -> list[str]:
        """The calls whose answers speak of this subject or of what belongs to it, the most telling first."""
        scene = self.after if after else self.scene
        family = {key for subject in _named(self.links, short) for key in self.links.family(subject.key)}
        counts: dict[str, int] = {
            item.id: sum(seen.subject.key in family for seen in item.answer.observations)
            for item in scene.evidence
            if item.answer is not None
        }
        return sorted((id_ for id_, count in counts.items() if count), key=lambda id_: -counts[id_])

    def seen(self, *codes: str) -> list[Seen]:
        """Near facts of these codes, as the investigation saw them."""
        return [seen for seen in self.scene.with_code(*codes) if seen.subject.key in self.near]


def _named(links: Links, short: str) -> list[Subject]:
    return [subject for subject in links.subjects.values() if subject.short == short]


def grouped(found: Iterable[Seen]) -> list[list[Seen]]:
    """Facts that say the same about things of one kind together, in the order of the first of each. Counts and times
    may differ, what is counted may not."""
    groups: dict[tuple[str, ...], list[Seen]] = {}
    for seen in found:
        same = (str(seen.observation.attributes.get(name, "")) for name in _APART.split())
        groups.setdefault((seen.code, seen.subject.kind, *same), []).append(seen)
    return list(groups.values())
