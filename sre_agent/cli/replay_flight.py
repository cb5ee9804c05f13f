"""`sre-agent replay FILE --at TIME`: what a flight record shows was known then, and the engine's verdict on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_servers.contract.visible import one_line
from sre_agent.cli.flight_records import verdict_line
from sre_agent.cli.printing import say
from sre_agent.cli.verify import read_file
from sre_agent.errors import WrongOptionError
from sre_agent.event_lines import event_line

if TYPE_CHECKING:
    from sre_agent.record.flight_record import FlightRecord
    from sre_agent.record.looking_back import LookingBack

OTHER_CLASSES = "The failure classes are not those of the run, so the verdict may differ from the recorded one."


def replay_flight(file: Path, at: str | None) -> None:
    """Prints the events until then and the verdict on what was answered until then; without a time, the whole run."""
    from sre_agent.failures import load  # noqa: PLC0415
    from sre_agent.record import flight_record  # noqa: PLC0415 - cryptography and the types
    from sre_agent.record.looking_back import LookingBack  # noqa: PLC0415

    flight = flight_record.read(read_file(file))
    back = LookingBack(flight, load())
    last = flight.events[-1].at if flight.events else flight.incident.opened_at
    when = _time(at, flight) if at is not None else last
    moment = back.at(when)
    for event in moment.events:
        if line := event_line(event):
            say(f"{event.at:%H:%M:%S}  {line}")
    say(f"\nKnown at {when:%Y-%m-%d %H:%M:%S} UTC: {len(moment.evidence)} of {len(flight.evidence)} answers.")
    say("Verdict then: " + (verdict_line(moment.diagnosis) if moment.diagnosis else "none, nothing was answered yet."))
    if at is None and moment.diagnosis is not None:
        _tell_again(back)


def _tell_again(back: LookingBack) -> None:
    again = back.again()
    say(
        "The replay gives the recorded verdict, byte for byte."
        if again.same
        else "The recorded verdict was a different one."
    )
    if not again.same_classes:
        say(OTHER_CLASSES)


def _time(text: str, flight: FlightRecord) -> datetime:
    """ISO 8601, or a time of the day on which the incident was opened; UTC where no zone is given."""
    opened_at = flight.incident.opened_at
    try:
        moment = datetime.fromisoformat(text if "-" in text[1:] else f"{opened_at:%Y-%m-%d}T{text}")
    except ValueError as problem:
        wrong = one_line(
            f"--at {text!r} is not a time. Give one such as {opened_at:%H:%M:%S} or {opened_at.isoformat()}."
        )
        raise WrongOptionError(wrong) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
