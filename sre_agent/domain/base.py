"""What all nouns share: frozen, closed, and equal when their content is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NewType

from pydantic import BaseModel, ConfigDict

IncidentId = NewType("IncidentId", str)
EvidenceId = NewType("EvidenceId", str)
Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
Correctness = Literal["right", "partly", "wrong"]  # of a verdict, by a person's word


class Noun(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


def renamed(value: Any, keys: Mapping[str, str]) -> Any:
    """What an earlier version stored, under the present names of its keys."""
    if not isinstance(value, dict) or not keys.keys() & value.keys():
        return value
    return {keys.get(key, key): value for key, value in value.items()}


def without(value: Any, key: str) -> Any:
    """What an earlier version stored, without a key that has no meaning any more."""
    return {name: one for name, one in value.items() if name != key} if isinstance(value, dict) else value
