"""Translators only: what monitors and people send comes in, signals in our words go out. Nothing is looked up here.

A foreign form is a module with `UNDERSTOOD`, `recognises` and `signals`, and stands in `FORMS`. The first one that
recognises an input reads it, so the most tolerant stands last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from sre_agent.domain.signal import Signal
from sre_agent.entrances import alertmanager, cloudwatch, pagerduty, sentence, webhook
from sre_agent.entrances.document import InputMismatch, NoAlarm, UnknownForm
from sre_agent.entrances.envelopes import Notice, unwrap
from sre_agent.entrances.normal_form import normalised
from sre_agent.errors import BadInputError, NoAlarmError

__all__ = ["FORMS", "normalised", "read", "sentence"]


class Form(Protocol):
    """What a module of this room has to have."""

    FORMAT: str

    def recognises(self, data: dict[str, Any]) -> bool: ...

    def signals(self, delivery: Notice, *, received_at: datetime) -> list[Signal]: ...


FORMS: Final[tuple[Form, ...]] = (cloudwatch, alertmanager, pagerduty, webhook)


def read(payload: Mapping[str, Any] | str | bytes, *, received_at: datetime) -> list[Signal]:
    """The signals that a payload holds, at least one. Envelopes of SNS, SQS and Lambda are opened.

    Raises BadInputError, which says what was recognised, what is wrong with it, and what would be understood; and
    NoAlarmError for a notice that is understood and tells of no alarm.
    """
    try:
        return [signal for delivery in unwrap(payload) for signal in _signals(delivery, received_at)]
    except NoAlarm as problem:
        raise NoAlarmError(str(problem)) from problem
    except InputMismatch as problem:
        raise BadInputError(f"{problem} Understood are: {'; '.join(form.FORMAT for form in FORMS)}.") from problem


def _signals(delivery: Notice, received_at: datetime) -> list[Signal]:
    for form in FORMS:
        if form.recognises(delivery.data):
            return form.signals(delivery, received_at=received_at)
    keys = ", ".join(sorted(delivery.data)[:12]) or "none"
    raise UnknownForm(f"The input is a JSON object of no known form; its keys are: {keys:.300}.")
