"""A person's own words: a report of trouble, or a question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from mcp_servers.contract.visible import visible
from sre_agent.domain.signal import Hint, Signal, fingerprint
from sre_agent.entrances.document import content_id, line, prose
from sre_agent.entrances.words import severity_in
from sre_agent.errors import BadInputError


def signal(
    text: str, *, intent: Literal["respond", "answer"], received_at: datetime, hints: Sequence[Hint] = ()
) -> Signal:
    """`hints` are the names that the sentence carries. Raises BadInputError for a text without a word.

    Two reports that name the same things belong together; a question belongs only to its own repetition.
    """
    plain = visible(text).strip()
    title = line(plain)
    if not any(letter.isalnum() for letter in title):
        raise BadInputError(
            "The sentence is empty. Say what is wrong and with what, for example:"
            ' "Deployment payments-api in namespace payments keeps restarting".'
        )
    things = sorted({f"{hint.namespace}/{hint.name}" for hint in hints})
    topic = things if things and intent == "respond" else [" ".join(plain.lower().split())]
    return Signal(
        id=content_id("sentence", plain, received_at.isoformat()),
        source="person",
        intent=intent,
        title=title,
        description=prose(plain) if prose(plain) != title else "",
        severity=severity_in([plain]),
        received_at=received_at,
        hints=list(hints),
        fingerprint=fingerprint("sentence", intent, *topic),
    )
