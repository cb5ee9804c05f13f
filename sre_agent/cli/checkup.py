"""What `sre-agent doctor` looks at: each thing asked once, as the responder would ask it, and said in a row.

Clusters, accounts and Prometheus are asked through the servers that read them in an investigation, so that what passes
here is what a run will have. Nothing is kept: the servers' logs go to a folder that is gone afterwards.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from sre_agent.cli.checkup_local import (
    model_row,
    notification_rows,
    port_row,
    settings_row,
    state_folder_row,
    traces_row,
)
from sre_agent.cli.checkup_rows import CheckupRow, aws_rows, kubernetes_rows, prometheus_rows
from sre_agent.cli.checkup_runbooks import runbooks_rows
from sre_agent.cli.checkup_state import state_rows
from sre_agent.cli.checkup_writes import writes_rows
from sre_agent.cluster_choice import each
from sre_agent.preflight import VerbOptions
from sre_agent.settings import Settings

AT_ONCE: Final = 3  # clusters, each with a handful of servers
CLUSTER_SECONDS: Final = 120.0  # for all that is asked of one


async def check(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    """All rows, in the order in which a run needs them."""
    rows = [settings_row(settings, options), state_folder_row(settings.state.state_dir, options)]
    with tempfile.TemporaryDirectory(prefix="sre-agent-doctor-") as folder:
        quiet = settings.model_copy(update={"state_dir": Path(folder)})
        row_groups = await asyncio.gather(_sources(quiet, options), state_rows(settings.state_access))
    rows += [row for part in row_groups for row in part]
    access = settings.model_access
    local = (model_row(access, options), traces_row(settings.tracing, options), port_row(settings.service, options))
    return [*rows, *local, *notification_rows(settings)]


async def _sources(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    """Of what is investigated: of each cluster of the table, a few at a time, or of the one that is set up."""
    table, slots = each(settings), asyncio.Semaphore(AT_ONCE)

    async def of_cluster(name: str, own: Settings) -> list[CheckupRow]:
        try:
            async with slots, asyncio.timeout(CLUSTER_SECONDS):
                rows = await _sources_of_one(own, options)
        except TimeoutError:
            result = f"it did not answer within {CLUSTER_SECONDS:.0f} s"
            do = "Check its address in `clusters`, the network, and the role."
            rows = [CheckupRow("cluster", "its servers", "failed", result, do)]
        return [replace(row, cluster=name) for row in rows]

    if not table:
        return await _sources_of_one(settings, options)
    row_groups = await asyncio.gather(*(of_cluster(name, own) for name, own in table.items()))
    return [row for rows in row_groups for row in rows]


async def _sources_of_one(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    row_groups = await asyncio.gather(
        kubernetes_rows(settings, options),
        aws_rows(settings, options),
        prometheus_rows(settings, options),
        writes_rows(settings, options),
        runbooks_rows(settings),
    )
    return [row for rows in row_groups for row in rows]


def fails(rows: list[CheckupRow]) -> bool:
    """Whether a run would lack what it was set up for, or has nothing to look at."""
    sources = [row for row in rows if row.what in ("cluster", "CloudWatch", "Prometheus")]
    return any(row.state == "failed" for row in rows) or all(row.state != "ok" for row in sources)
