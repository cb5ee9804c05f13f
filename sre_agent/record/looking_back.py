"""An incident looked at again: what was known at a time, and the engine's verdict on the same evidence, or on less.

The engine is the one of this version with its failure classes; where these are others than those of the run, that is
said, and the verdict may differ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sre_agent.diagnosis import Engine
from sre_agent.diagnosis.why_not import ClassStanding
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, WeighingInputs
from sre_agent.domain.finding import Evidence
from sre_agent.domain.record import content_digest
from sre_agent.errors import BadInputError
from sre_agent.failures import Catalogue
from sre_agent.progress import Event
from sre_agent.record.flight_record import FlightRecord

NOTHING = "Nothing was diagnosed in incident {incident} yet, so there is nothing to weigh again."


@dataclass(frozen=True)
class VerdictAgain:
    """`same`: byte for byte the verdict that was recorded; `same_classes`: the failure classes are those of the run."""

    diagnosis: Diagnosis
    same: bool
    same_classes: bool


@dataclass(frozen=True)
class Moment:
    """What was known at a time: the events until then, the evidence that was answered, and the verdict on it."""

    events: list[Event]
    evidence: list[Evidence]
    diagnosis: Diagnosis | None


class LookingBack:
    def __init__(self, flight: FlightRecord, catalogue: Catalogue) -> None:
        self._flight, self._catalogue, self._engine = flight, catalogue, Engine(catalogue)

    def again(self) -> VerdictAgain:
        """The last verdict of the engine, had again. Raises BadInputError where there was none."""
        inputs = self._inputs(None)
        diagnosis = self._weigh(inputs, self._evidence(inputs))
        same = content_digest(diagnosis.model_dump(mode="json")) == inputs.verdict
        return VerdictAgain(diagnosis, same, inputs.catalogue == self._catalogue.digest)

    def without(self, numbers: Collection[str]) -> tuple[Diagnosis, Diagnosis]:
        """The verdict, and the one without this evidence (numbers of the report). Raises BadInputError."""
        inputs = self._inputs(None)
        left_out = {self._evidence_id(number) for number in numbers}
        evidence = self._evidence(inputs)
        rest = [item for item in evidence if item.id not in left_out]
        return self._weigh(inputs, evidence), self._weigh(inputs, rest)

    def why_not(self, failure_class: str) -> list[ClassStanding]:
        """How this class stands on each thing that it could be about. Raises SettingsError for an unknown class."""
        inputs = self._inputs(None)
        return self._engine.why_not(failure_class, inputs, self._evidence(inputs))

    def at(self, when: datetime) -> Moment:
        """What was known then; the verdict is None before anything was answered."""
        events = [event for event in self._flight.events if event.at <= when]
        answered_ids = {str(event.data.get("evidence")) for event in events if event.kind == "call.ended"}
        try:
            inputs = self._inputs(when)
        except BadInputError:
            return Moment(events, [], None)
        evidence = [item for item in self._evidence(inputs) if item.id in answered_ids]
        return Moment(events, evidence, self._weigh(inputs, evidence) if evidence else None)

    def _weigh(self, inputs: WeighingInputs, evidence: Sequence[Evidence]) -> Diagnosis:
        weighing = self._engine.weigh(
            list(inputs.subjects),
            evidence,
            started_at=inputs.started_at,
            budget_left=0,
            claims=inputs.claims,
            unmet=inputs.gaps,
        )
        return weighing.diagnosis

    def _inputs(self, when: datetime | None) -> WeighingInputs:
        """Those of the last verdict until then; before the first one, its own."""
        verdicts = [event for event in self._flight.events if event.kind == "diagnosis" and event.data.get("inputs")]
        if not verdicts:
            raise BadInputError(NOTHING.format(incident=self._flight.incident.id))
        until = [event for event in verdicts if when is None or event.at <= when]
        return WeighingInputs.model_validate((until or verdicts[:1])[-1].data["inputs"])

    def _evidence(self, inputs: WeighingInputs) -> list[Evidence]:
        by_id = {item.id: item for item in self._flight.evidence}
        return [by_id[id_] for id_ in inputs.evidence if id_ in by_id]

    def _evidence_id(self, number: str) -> EvidenceId:
        ids_by_number = self._flight.numbered()
        ids = [id_ for name, id_ in ids_by_number.items() if name == number.upper()]
        ids = ids or [item.id for item in self._flight.evidence if len(number) > 3 and item.id.startswith(number)]
        if len(ids) != 1:
            raise BadInputError(f"There is no one evidence {number!r}. There are: {', '.join(ids_by_number)}.")
        return ids[0]
