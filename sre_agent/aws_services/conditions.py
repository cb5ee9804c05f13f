"""What a conditional write raises where it comes second, and which error of a service another rests on; apart, so that
who expects one need not load the SDK."""

from __future__ import annotations

from typing import Any


class ConditionFailedError(Exception):
    """The condition of a write does not hold: somebody else was first. Who wrote decides what that means.

    `item` is the item as it is, where the request asked for it (`ReturnValuesOnConditionCheckFailure`); `codes` are the
    reasons of a transaction, one for each of its parts.
    """

    def __init__(self, action: str, *, item: dict[str, Any] | None = None, codes: tuple[str, ...] = ()) -> None:
        super().__init__(f"The condition of {action} does not hold.")
        self.item, self.codes = item, codes


def code_of(problem: Exception) -> str:
    """The service's own name for the error that this one was made of; empty where no service answered."""
    response = getattr(problem.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
