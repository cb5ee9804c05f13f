"""A foreign server in the place of one of ours: asked through its reader, its answer redacted, bounded and partial."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_types import CallToolResult, TextContent

from mcp_servers.contract.bounds import bounded, excerpt
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.refusals import Kind
from mcp_servers.redaction import redacted, redacted_value
from sre_agent.toolbox.readers import ForeignCall, ForeignFacts, Reader, UnreadableError

DATA_CHARACTERS: Final = 16_000  # of the structured data as JSON
NEED_A_COMPLETE_LOOK: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.needs_complete_look)
_DENIED = re.compile(r"AccessDenied|Unauthorized|Forbidden|not authorized|ExpiredToken|InvalidClientToken", re.I)
_NOT_FOUND = re.compile(r"NotFound|not found|does not exist", re.I)


@dataclass(frozen=True)
class ForeignSource:
    """`reader` reads the server, `scope` is the cluster, or account/region, that its facts are about."""

    name: str
    reader: Reader
    scope: str

    def translate(self, tool: str, arguments: dict[str, Any]) -> ForeignCall:
        """The call to make there. Raises UnreadableError where the server has no such thing."""
        foreign_call = self.reader.translate(tool, arguments, self.scope)
        if foreign_call is None:
            there = ", ".join(self.reader.asks)
            wrong = f"{self.name} has nothing like it. It answers {there}."
            raise UnreadableError("unavailable", tool, wrong, code="not_offered")
        return foreign_call

    def answer(self, tool: str, arguments: dict[str, Any], result: CallToolResult, now: datetime) -> Answer:
        """The result in our words. Such servers tell no time of their own: `now` is the responder's.

        Raises UnreadableError for an error, and for a result of another shape.
        """
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        if result.is_error:
            raise UnreadableError(_kind(text), tool, f"{self.name} said: {excerpt(redacted(text))}")
        content = redacted_value(_content(result, text))
        try:
            facts = self.reader.facts(tool, arguments, content, self.scope)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            wrong = f"answered in a form that its reader does not know ({type(problem).__name__}: {problem})"
            raise UnreadableError("unavailable", tool, f"{self.name} {excerpt(wrong)}.", code="not_mcp") from problem
        return _marked_answer(self.name, facts, now)


def _content(result: CallToolResult, text: str) -> Any:
    """Structured content, unwrapped where a framework has put it into `result`; else the text as JSON."""
    content = result.structured_content
    if content is not None:
        return content["result"] if set(content) == {"result"} else content
    try:
        return json.loads(text)
    except ValueError:
        return text


def _marked_answer(name: str, facts: ForeignFacts, now: datetime) -> Answer:
    text, cut = bounded(facts.text)
    data, left_out = facts.data, dict(facts.left_out)
    if len(json.dumps(data, default=str)) > DATA_CHARACTERS:
        data, left_out = {}, left_out | {"data": 1}
    detail = f"told by {name}, which is not ours: {facts.lacking}"
    return Answer(
        text=text,
        as_of=now,
        data=data,
        observations=[
            observation for observation in facts.observations if observation.code not in NEED_A_COMPLETE_LOOK
        ],
        relations=facts.relations,
        coverage=[Coverage(looked_at=facts.looked_at, state="partial", detail=detail)],
        left_out=left_out | ({"characters": cut} if cut else {}),
    )


def _kind(text: str) -> Kind:
    if _DENIED.search(text):
        return "denied"
    return "not_found" if _NOT_FOUND.search(text) else "unavailable"
