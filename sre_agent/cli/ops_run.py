"""Opens the responder's own installation for checks of it, runs them, and shows, sends and grades what they come to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from rich.text import Text

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.notify import send_to_each
from sre_agent.cli.printing import say
from sre_agent.clock import SystemClock
from sre_agent.domain.base import IncidentId
from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import SettingsError, StateFolderError
from sre_agent.notify import channels
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.ops.check import Occasion
    from sre_agent.ops.installation import InstallationView
    from sre_agent.ops.running import OpsReport

STYLES: Final = {"problem": "red", "warning": "yellow", "unseen": "magenta", "ok": "green", "not_set_up": "dim"}
NAMED: Final = 5  # results that a notice names


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncIterator[InstallationView]:
    """What is kept is only read. A state folder that others may write is not opened, and checks say so."""
    from sre_agent.aws_services.clients import AwsServices  # noqa: PLC0415
    from sre_agent.ops.checks.folder_rights import folder_faults  # noqa: PLC0415
    from sre_agent.ops.installation import InstallationView  # noqa: PLC0415
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    services, store, problem = AwsServices(settings.state_access), None, ""
    faults = folder_faults(settings.state.state_dir)  # before it is opened, which mends what it can
    try:
        store = open_store(settings.state_access)
    except (SettingsError, StateFolderError) as error:
        problem = str(error)
    try:
        yield InstallationView(
            settings,
            SystemClock(),
            services,
            state_store=store,
            open_store=open_store,
            store_problem=problem,
            folder_faults=faults,
            environment=os.environ,
        )
    finally:
        services.close()
        if store is not None:
            await store.close()


async def report_of(settings: Settings, occasion: Occasion) -> OpsReport:
    from sre_agent.ops.checks import checks  # noqa: PLC0415
    from sre_agent.ops.running import run  # noqa: PLC0415

    async with open_installation(settings) as installation:
        return await run(occasion, checks(occasion), installation)


def status(report: OpsReport) -> int:
    """The exit status, as that of a sweep."""
    return {"well": exits.OK, "wrong": exits.ESCALATED, "well_as_far_as_seen": exits.UNANSWERED}[report.verdict]


def show(report: OpsReport) -> None:
    from sre_agent.ops.markdown import WORDS, headline  # noqa: PLC0415

    say(headline(report))
    rows = [
        (
            one.check,
            Text(WORDS[one.state], STYLES[one.state]),
            "\n".join([one.statement, *(one.details if one.state in ("warning", "problem") else [])]),
            one.remedy if one.state != "ok" else "",
        )
        for one in report.worst_first
    ]
    tables.show(console(), ("check", "", "result", "to do"), rows, apart=True)


async def tell(report: OpsReport, settings: Settings) -> list[tuple[str, str]]:
    """Each channel of the settings, and why it was not told; empty where it was."""
    from sre_agent.ops.markdown import headline, title  # noqa: PLC0415

    worst = [one for one in report.worst_first if one.state in ("problem", "warning", "unseen")]
    notice = IncidentNotice(
        incident=IncidentId(f"ops-{report.occasion}-{report.at:%Y-%m-%d}"),
        title=f"{title(report)}: {', '.join(one.check for one in worst[:NAMED])}",
        severity="SEV3" if report.count("problem") else "SEV4",
        state="checks",
        statement=" ".join([headline(report), *(f"{one.check}: {one.statement}" for one in worst[:NAMED])]),
        commands=[f"sre-agent ops {report.occasion}"],
    )
    return await send_to_each(channels(settings.notifications), settings, notice)
