"""`sre-agent verify`: whether a flight record is as it was signed, anywhere and without any state."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli import exits
from sre_agent.cli.options import Json
from sre_agent.cli.printing import say, say_json
from sre_agent.errors import BadInputError

if TYPE_CHECKING:
    from sre_agent.record.flight_record import FlightRecord

MEANING = exits.meaning("the file is as it was signed", "3 it was changed, or signed with another key")
EXAMPLES = f"""
Examples:

  sre-agent verify inc-1121-d69ce219.flight.json --key BASE64

  sre-agent verify inc-1121-d69ce219.flight.json --json

{MEANING}
"""
UNPINNED = (
    "The key is the file's own: this proves that nothing was changed since it was signed, and not who signed it."
    " Give the key that you know with --key to prove that as well."
)


def verify(
    file: Annotated[Path, typer.Argument(help="flight record (incidents export)")],
    key: Annotated[
        list[str] | None, typer.Option("--key", help="public key that must have signed it (base64), repeatable")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a flight record: its signature, the digest of every answer, and the entries of the record."""
    from sre_agent.record import flight_record  # noqa: PLC0415 - cryptography and the types

    content = read_file(file)
    try:
        flight = flight_record.read(content, key or ())
    except BadInputError as problem:
        say_json({"holds": False, "fault": str(problem)}) if as_json else say(f"{file}: {problem}")
        raise typer.Exit(exits.ESCALATED) from problem
    if as_json:
        say_json({"holds": True, "pinned": bool(key), **_summary(flight)})
        return
    counts = _summary(flight)
    say(f"{file} is as it was signed with key {flight.key}.")
    say(f"Incident {counts['incident']}: {counts['outcome']}. {counts['evidence']} answers of calls.")
    steps = ", ".join(f"{counts[name]} {name}" for name in ("entries", "permits", "writes", "verifications"))
    say(f"{steps}.")
    if not key:
        say(UNPINNED)


def read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise BadInputError(f"The file cannot be read: {problem}") from problem


def _summary(flight: FlightRecord) -> dict[str, Any]:
    kinds = Counter(event.kind for event in flight.events)
    incident = flight.incident
    return {
        "incident": incident.id,
        "outcome": f"{incident.status}/{incident.reason}".strip("/"),
        "key": flight.key,
        "product": flight.product,
        "entries": len(flight.entries),
        "evidence": len(flight.evidence),
        "permits": kinds["permit.issued"],
        "writes": kinds["write.sent"],
        "verifications": kinds["verification"],
    }
