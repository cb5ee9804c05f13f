"""Rows become what they were."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from sre_agent.database import sortable
from sre_agent.errors import PermanentError, first_fault

__all__ = ["FOREIGN", "read", "sortable"]
Stored = TypeVar("Stored", bound=BaseModel)
FOREIGN: Final = (
    "The state folder holds what this version of sre-agent cannot read ({what}: {why}). Read it with the version that"
    " wrote it, or start over with another --state-dir."
)


def read(kind: type[Stored], body: str) -> Stored:
    """Raises PermanentError: a stored form may be another version's."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as problem:
        raise PermanentError(FOREIGN.format(what=kind.__name__.lower(), why=first_fault(problem))) from None
