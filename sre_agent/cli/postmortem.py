"""`sre-agent incidents postmortem`: the draft of a review, from the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.connecting import Endpoint
from sre_agent.cli.incident_places import Which, with_records
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.connections import Connection
from sre_agent.errors import NotNowError

Out = Annotated[Path | None, typer.Option(help="a file to write it to; default: standard output")]


def postmortem(
    incident: Which,
    out: Out = None,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Write a draft post-mortem in Markdown: times, impact, cause, what went well and wrong, actions with owners."""

    async def work(connection: Connection) -> int:
        from sre_agent.reports import postmortem as drafts  # noqa: PLC0415 - the templates

        record = await connection.incident(incident)
        report = await connection.report(record)
        if record.open or report is None:
            raise NotNowError(f"Incident {record.id} has nothing to review yet: {record.lacks_report}.")
        grade = next((one for one in await connection.grades() if one.incident == record.id), None)
        draft = drafts.postmortem(report, grade)
        if as_json:
            say_json(draft.model_dump(mode="json"))
        elif out is None:
            say(drafts.as_markdown(draft), end="")
        else:
            out.write_text(drafts.as_markdown(draft), encoding="utf-8")
            say(f"Wrote {out}.")
        return exits.OK

    with_records(state_dir, profile, endpoint, work)
