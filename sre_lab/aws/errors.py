"""The one error that an AWS operation of the lab answers with; the protocol layer turns it into bytes."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """A modelled error of an AWS API: `code` as the service's model names it, an HTTP `status`, a message.

    `members` are the further members that the model gives the error.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, members: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members or {}
