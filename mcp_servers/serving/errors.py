"""Failures that teach: what was asked, what went wrong, what to do. Anything else is masked by the SDK."""

from __future__ import annotations

from typing import Final

from mcp.server.mcpserver.exceptions import ToolError

from mcp_servers.contract.bounds import bounded
from mcp_servers.contract.refusals import Code, Kind, Refusal

REQUEST_CHARACTERS: Final = 300  # characters of what was asked: a client's own words may be of any length
WRONG: Final = 1_200


class TeachingError(ToolError):
    """A tool could not answer. `kind` is stable and leads the text, so that a client can tell a gap from a mistake.

    `not_found`: no such thing (near names offered); `denied`: a permission is missing; `unavailable`: the service
    does not answer; `bad_request`: the arguments cannot be meant; `refused`: a lock of this server holds; `failed`:
    the service tried and could not. `code` says how it came about, where that is known.
    """

    def __init__(self, kind: Kind, request: str, wrong: str, to_do: str = "", *, code: Code = "") -> None:
        self.kind = kind
        self.refusal = Refusal(
            kind=kind,
            code=code,
            asked=bounded(request, REQUEST_CHARACTERS)[0],
            wrong=bounded(wrong, WRONG)[0],
            remedy=to_do,
        )
        super().__init__(str(self.refusal))
