"""Failures that teach: what was asked, what went wrong, what to do. Anything else is masked by the SDK."""

from __future__ import annotations

from typing import Literal

from mcp.server.mcpserver.exceptions import ToolError

Kind = Literal["not_found", "denied", "unavailable", "bad_request", "refused", "failed"]


class TeachingError(ToolError):
    """A tool could not answer. `kind` is stable and leads the text, so that a client can tell a gap from a mistake.

    `not_found`: no such thing (near names offered); `denied`: a permission is missing; `unavailable`: the service
    does not answer; `bad_request`: the arguments cannot be meant; `refused`: a lock of this server holds; `failed`:
    the service tried and could not.
    """

    def __init__(self, kind: Kind, asked: str, wrong: str, to_do: str = "") -> None:
        self.kind = kind
        super().__init__(f"[{kind}] {asked}: {wrong}" + (f" {to_do}" if to_do else ""))
