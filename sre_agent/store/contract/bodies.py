"""Kept texts become what they were, and times become text that sorts as they do; the same in every technology."""

from __future__ import annotations

from typing import Final, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from sre_agent.database import sortable
from sre_agent.domain.record import content_digest
from sre_agent.errors import PermanentError, first_fault

__all__ = ["FOREIGN", "Stored", "body_digest", "read", "sortable"]
Stored = TypeVar("Stored", bound=BaseModel)
FOREIGN: Final = (
    "The store holds what this version of sre-agent cannot read ({what}: {why}). Read it with the version that"
    " wrote it, or start over with another --state-dir or table."
)


def read(kind: type[Stored], body: str) -> Stored:
    """Raises PermanentError: a stored form may be another version's."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as problem:
        raise PermanentError(FOREIGN.format(what=kind.__name__.lower(), why=first_fault(problem))) from None


def body_digest(body: str) -> str:
    """Of the content as it is kept, whatever a later version of its type would make of it."""
    return content_digest(orjson.loads(body))
