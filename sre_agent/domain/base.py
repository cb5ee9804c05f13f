"""What all nouns share: frozen, closed, and equal when their content is."""

from __future__ import annotations

from typing import Literal, NewType

from pydantic import BaseModel, ConfigDict

IncidentId = NewType("IncidentId", str)
EvidenceId = NewType("EvidenceId", str)
Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]


class Noun(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
