"""What a check-up asks of the AWS services that keep the state: a row for each engine that the settings name."""

from __future__ import annotations

import asyncio

from sre_agent.cli.checkup_rows import CheckupRow
from sre_agent.settings import StateAccess

DO = "docs/aws-profile.md lists what each engine is called in settings and which rights it takes."


async def state_rows(settings: StateAccess) -> list[CheckupRow]:
    """None where everything is kept on this machine."""
    from sre_agent.aws_services.probes import probe  # noqa: PLC0415

    rows = []
    for result in await asyncio.to_thread(probe, settings):
        if result.problem:
            rows.append(CheckupRow(result.what, result.request, "failed", result.problem, DO))
        else:
            words = result.remark or "can be read and written"
            rows.append(CheckupRow(result.what, result.request, "note" if result.remark else "ok", words))
    return rows
