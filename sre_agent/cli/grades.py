"""`sre-agent incidents grade` and `calibration`: whether verdicts were right, and what the confidence is worth here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.connecting import Endpoint
from sre_agent.cli.consoles import console
from sre_agent.cli.incident_places import Which, with_records
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.connections import Connection
from sre_agent.domain.base import Correctness
from sre_agent.domain.incident_grade import GradeRequest

if TYPE_CHECKING:
    from sre_agent.reports.calibration import CalibrationRow

HEADERS = ("graded", "right", "partly", "wrong", "share right", "95 % interval", "mean confidence")


def grade(
    incident: Which,
    correctness: Annotated[Correctness, typer.Argument(metavar="GRADE", help="right, partly or wrong")],
    note: Annotated[str, typer.Option(help="what was wrong, or what the cause really was")] = "",
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Say whether the verdict of an incident that has ended was right. The last grade counts."""

    async def work(connection: Connection) -> int:
        request = GradeRequest(correctness=correctness, note=note)
        result = await connection.grade(incident, request)
        if as_json:
            say_json(result.model_dump(mode="json"))
        else:
            about = f" ({result.failure_class}, {result.confidence:.0%} sure)" if result.confidence is not None else ""
            say(f"{result.incident}: {result.verdict}{about} graded {result.correctness} by {result.by}.")
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


def calibration(
    state_dir: StateDir = None, profile: Profile = "local", endpoint: Endpoint = None, as_json: Json = False
) -> None:
    """Show how often people graded verdicts as right: by confidence and by failure class, with 95 % intervals."""

    async def work(connection: Connection) -> int:
        from sre_agent.reports.calibration import calibration as calibration_of  # noqa: PLC0415 - the report's parts

        result = calibration_of(await connection.grades())
        if as_json:
            say_json(result.model_dump(mode="json"))
        elif not result.by_class:
            say("No verdict has been graded yet. Grade one with: sre-agent incidents grade INCIDENT right|partly|wrong")
        else:
            for group, rows in (("confidence", result.by_confidence), ("class or verdict", result.by_class)):
                _show(group, rows)
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


def _show(group: str, rows: Sequence[CalibrationRow]) -> None:
    if rows:
        tables.show(console(), (group, *HEADERS), [_cells(row) for row in rows], numbers=len(HEADERS))


def _cells(row: CalibrationRow) -> tuple[str, ...]:
    counts = (str(row.graded), str(row.right), str(row.partly), str(row.wrong))
    mean = "" if row.mean_confidence is None else f"{row.mean_confidence:.0%}"
    return row.group, *counts, f"{row.share_right:.0%}", f"{row.at_least:.0%} to {row.at_most:.0%}", mean
