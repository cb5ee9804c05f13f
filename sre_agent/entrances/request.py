"""What a person or a program asks to be investigated, in one of four forms; on a command line and by HTTP alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from sre_agent import entrances
from sre_agent.domain.signal import Signal
from sre_agent.entrances import named_alarm, sentence
from sre_agent.errors import BadInputError


class IncidentRequest(BaseModel):
    """One of the four: a sentence that names what it is about, an alarm as its monitor sends it (as JSON or as its
    text), the name of a CloudWatch alarm, or the id of an incident that has ended and whose signals are meant again."""

    text: str = Field("", max_length=4000)
    alarm: dict[str, Any] | str | None = None
    alarm_name: str = Field("", max_length=255)
    again: str = Field("", max_length=100)

    def signals(self, received_at: datetime) -> list[Signal]:
        """None for an incident that is meant again: its signals are in the store. Raises BadInputError."""
        text, name = self.text.strip(), self.alarm_name.strip()
        if sum([bool(text), self.alarm is not None, bool(name), bool(self.again)]) != 1:
            raise BadInputError(
                "Give one of these: 'text', a sentence that names what it is about; 'alarm', a monitor's payload;"
                " 'alarm_name', a CloudWatch alarm; or 'again', the id of an incident that has ended."
            )
        if self.alarm is not None:
            return entrances.read(self.alarm, received_at=received_at)
        if name:
            return [named_alarm.signal(name, received_at=received_at)]
        return [sentence.signal(text, intent="respond", received_at=received_at)] if text else []
