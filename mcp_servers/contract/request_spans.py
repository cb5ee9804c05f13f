"""The requests that a tool call made, as spans of its caller's trace: they travel back with the result.

A caller names its span by W3C trace context (`traceparent` in `_meta`). A server needs no exporter, no address of a
collector and no tracing library for that: who has traced the call sends its children where its own spans go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

KEY: Final = "sre-agent/requests"  # in the `_meta` of a result
MOST: Final = 200  # of one call; the rest are left out
SpanId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class RequestSpan(BaseModel):
    """One HTTP request of a server. `start` in epoch seconds; `error` names how it failed, empty where it did not."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    trace: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    id: SpanId
    parent: SpanId
    name: str = Field(max_length=200)
    start: float
    seconds: float = Field(ge=0)
    attributes: dict[str, str | int] = Field(default_factory=dict, max_length=20)
    error: str = Field("", max_length=100)


_SPANS: Final = TypeAdapter(list[RequestSpan])


def of_result(meta: Mapping[str, Any] | None) -> list[RequestSpan]:
    """What a result's `_meta` has of them; none where it is in another form."""
    try:
        return _SPANS.validate_python((meta or {}).get(KEY, []))[:MOST]
    except ValidationError:
        return []
