"""Parameters that tools of several servers take, each described once: a client shows a model these words.

A description says the form and the unit, what leaving it out means where the default does not tell, and an example.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field


def as_text(value: object) -> object:
    """Seconds since 1970 may come as a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_TIME: Final = "2026-01-02T03:04:05Z (ISO 8601 with zone), epoch seconds, now, or -30s, -15m, -1h, -7d"

Start = Annotated[str, BeforeValidator(as_text), Field(description=f"Start of the window: {_TIME}.")]
End = Annotated[str, BeforeValidator(as_text), Field(description="End of it, in the forms of start.")]
StartOrNone = Annotated[
    str, BeforeValidator(as_text), Field(description=f"Only from this time on: {_TIME}. Empty: from the beginning.")
]
EndOrNone = Annotated[
    str, BeforeValidator(as_text), Field(description="Only up to this time, in the forms of start. Empty: to the end.")
]
At = Annotated[str, BeforeValidator(as_text), Field(description=f"The moment: {_TIME}.")]
Since = Annotated[str, BeforeValidator(as_text), Field(description=f"Only what is newer: {_TIME}. Empty: all.")]
Cursor = Annotated[str, Field(description="data.cursor of an earlier answer, to get the next page.")]
Permit = Annotated[str, Field(description="Signed permit for exactly this call; without one, the call is refused.")]
PreviewedTool = Annotated[str, Field(description="Name of the write tool.")]
