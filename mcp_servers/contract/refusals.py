"""Why a call brought no answer, as a type: what was asked, what went wrong, what to do, and whether asking again helps.

Every error result of a server carries one as its structured content, beside the text for people, so that no program
has to read a sentence. What came before, or from others, has a text alone: `of_text` is the one place that reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

FIELD: Final = "refusal"  # of the structured content of a result that is an error

Kind = Literal["not_found", "denied", "unavailable", "bad_request", "refused", "failed"]
PermitCode = Literal[
    "missing",  # a write was asked for without one
    "malformed",  # it cannot be read
    "forged",  # its signature is not of the trusted key
    "expired",  # its time was over when it came
    "wrong_audience",  # it is for another server
    "wrong_scope",  # it is for another cluster or account
    "revoked_key",  # it was signed with a key that was revoked
    "retired_key",  # it was signed with a key that another took the place of, too long ago
    "wrong_call",  # it is for another tool or other arguments
    "stale_target",  # what it is for has changed since, or is gone
    "other_diff",  # what would change now is not what was shown when it was allowed
    "stale_epoch",  # a later writer of the incident has been here
]
ServiceCode = Literal[
    "",  # nothing more is known than the kind
    "unreachable",  # the service could not be connected to, or ended the connection
    "timeout",  # it gave no answer in time
    "throttled",  # it asked to be asked later
    "server_error",  # it answered 500, 502, 503 or 504
    "not_json",  # something in front of it answered, as a proxy's page
    "not_started",  # the MCP server itself did not start
    "no_connection",  # the MCP server runs elsewhere, and no session with it could be opened
    "died",  # it ended, or its connection broke
    "silent",  # it runs and did not answer in time
    "not_mcp",  # it answered in another form than MCP's or ours
    "not_configured",  # no such server is configured
    "not_offered",  # what answers has nothing like it
]
Code = ServiceCode | PermitCode  # a permit's code says why a write was refused
LASTING: Final[frozenset[Code]] = frozenset({"not_configured", "not_offered"})
OF_THE_MCP_SERVER: Final[frozenset[Code]] = frozenset({"not_started", "no_connection", "died", "silent", "not_mcp"})
_MARKED: Final = re.compile(r"\[([a-z_]+)\] (.*)", re.S)


class Refusal(BaseModel):
    """`kind` says what it means for the caller, `code` how it came about. As text: `[kind] asked: wrong remedy`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    code: Code = ""
    asked: str = ""
    wrong: str = ""
    remedy: str = ""

    @property
    def is_transient(self) -> bool:
        """Whether the same call may be answered later. What is transient says nothing about the world."""
        return self.kind == "unavailable" and self.code not in LASTING

    @property
    def passing_code(self) -> ServiceCode:
        """How it came about, where the same call may be answered later; else empty."""
        is_known = self.is_transient and self.code in get_args(ServiceCode)
        return cast(ServiceCode, self.code) if is_known else ""

    @property
    def is_of_the_mcp_server(self) -> bool:
        """Whether the MCP server itself is in trouble, and not what it reads."""
        return self.code in OF_THE_MCP_SERVER

    @property
    def sentence(self) -> str:
        """For people: `asked: wrong remedy`, without the mark of its kind."""
        text = (f"{self.asked}: " if self.asked else "") + self.wrong
        return text + (f" {self.remedy}" if self.remedy else "")

    def reworded(self, change: Callable[[str], str]) -> Refusal:
        """The same with each of its texts changed."""
        texts = {"asked": change(self.asked), "wrong": change(self.wrong), "remedy": change(self.remedy)}
        return self.model_copy(update=texts)

    def __str__(self) -> str:
        return f"[{self.kind}] {self.sentence}"


def content(refusal: Refusal) -> dict[str, Any]:
    """The structured content of an error result."""
    return {FIELD: refusal.model_dump(mode="json", exclude_defaults=True)}


def of_content(content: Any) -> Refusal | None:
    """What the structured content of an error result says; None where it holds none that can be read."""
    try:
        return Refusal.model_validate(content[FIELD]) if isinstance(content, dict) and FIELD in content else None
    except ValidationError:
        return None


def of_text(text: str) -> Refusal:
    """For errors that come without a type, from older records and servers: their leading mark is their kind."""
    match = _MARKED.fullmatch(text)
    if match is None or match[1] not in get_args(Kind):
        return Refusal(kind="unavailable", wrong=text)
    return Refusal.model_validate({"kind": match[1], "wrong": match[2]})
