"""`sre-agent incidents export`, `why-not` and `what-if`: one incident as a signed file, or weighed again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_servers.contract.visible import one_line
from sre_agent.cli import exits
from sre_agent.cli.incident_places import Which
from sre_agent.cli.loading import open_offline_runtime
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import at_hand

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime
    from sre_agent.diagnosis.why_not import ClassStanding
    from sre_agent.domain.diagnosis import Diagnosis
    from sre_agent.record.looking_back import LookingBack

Without = Annotated[
    list[str], typer.Option("--without", help="evidence to leave out, as the report numbers it; repeatable")
]
Out = Annotated[Path | None, typer.Option(help="the file; default: INCIDENT.flight.json in the working directory")]


def export(incident: Which, out: Out = None, state_dir: StateDir = None, profile: Profile = "local") -> None:
    """Write the incident as one signed file: signals, answers, verdicts, decisions, permits, writes, verifications."""

    async def work(records: OfflineRuntime) -> int:
        from sre_agent.record import flight_record  # noqa: PLC0415

        record = await records.responder.incident(incident)
        key = await records.store.record_signer()
        content = await flight_record.collect(records.store, record, key)
        path = out or Path(f"{record.id}.flight.json")
        path.write_bytes(content)
        say(f"Wrote {path}, {len(content):,} bytes, signed with key {key.id}.")
        say(f"Check it anywhere with: sre-agent verify {path} --key {key.public}")
        return exits.OK

    _with_records(state_dir, profile, work)


def why_not(
    incident: Which,
    failure_class: Annotated[str, typer.Argument(metavar="CLASS", help="a failure class, such as image_pull_failed")],
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Say how a failure class stands on the stored evidence: what speaks for it, against it, and what was not seen."""

    async def work(records: OfflineRuntime) -> int:
        standings = (await _looking_back(records, incident)).why_not(failure_class)
        if as_json:
            say_json([_standing_json(one) for one in standings])
        elif not standings:
            say(f"The incident concerns nothing that {failure_class} could apply to.")
        else:
            say("\n".join(line for one in standings for line in _standing_lines(failure_class, one)))
        return exits.OK

    _with_records(state_dir, profile, work)


def what_if(
    incident: Which, without: Without, state_dir: StateDir = None, profile: Profile = "local", as_json: Json = False
) -> None:
    """Weigh the stored evidence again without some of it, and print both verdicts."""

    async def work(records: OfflineRuntime) -> int:
        before, after = (await _looking_back(records, incident)).without(without)
        if as_json:
            say_json({"with": before.model_dump(mode="json"), "without": after.model_dump(mode="json")})
            return exits.OK
        say(f"With all evidence: {verdict_line(before)}")
        say(f"Without {', '.join(without)}: {verdict_line(after)}")
        return exits.OK

    _with_records(state_dir, profile, work)


def verdict_line(diagnosis: Diagnosis) -> str:
    leading = diagnosis.leading
    sure = f" {leading.failure_class} on {leading.subject.short}, {leading.confidence:.0%}." if leading else ""
    return one_line(f"{diagnosis.verdict}.{sure} {diagnosis.statement}")


async def _looking_back(records: OfflineRuntime, incident: str) -> LookingBack:
    """The incident as its file would have it, and the classes of its own settings."""
    from sre_agent.failures import load  # noqa: PLC0415
    from sre_agent.record import flight_record  # noqa: PLC0415
    from sre_agent.record.looking_back import LookingBack  # noqa: PLC0415

    record = await records.responder.incident(incident)
    content = await flight_record.collect(records.store, record, await records.store.record_signer())
    flight = flight_record.read(content)
    settings = await records.runtimes.settings(record.id)
    return LookingBack(flight, load(settings.knowledge.failure_folders))


def _standing_lines(failure_class: str, one: ClassStanding) -> list[str]:
    lines = [one_line(f"{failure_class} on {one.subject}: {one.why}.")]
    lines += [one_line(f"  {term.weight:+4d}  {term.observation}  {term.note or term.excerpt}") for term in one.terms]
    if one.terms:
        lines.append(f"  {one.score:+4d}  sum")
    if one.unseen:
        lines.append("  Not seen, but would count:")
        lines += [one_line(f"    {line}") for line in one.unseen]
    return lines


def _standing_json(one: ClassStanding) -> dict[str, object]:
    terms = [term.model_dump(mode="json") for term in one.terms]
    return {
        "subject": one.subject, "state": one.state, "why": one.why, "score": one.score, "terms": terms,
        "unseen": list(one.unseen),
    }  # fmt: skip


def _with_records(state_dir: Path | None, profile: str, work: Callable[[OfflineRuntime], Awaitable[int]]) -> None:
    async def run() -> int:
        async with open_offline_runtime(at_hand(state_dir, profile)) as records:
            return await work(records)

    raise exits.run(run())
