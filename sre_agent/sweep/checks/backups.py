"""Backups that failed and were not since since, as Velero keeps them, and snapshots of volumes that never got ready."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sre_agent.diagnosis import recency
from sre_agent.domain.sweep import Trouble
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import Row, objects, risk, subject

NAME: Final = "backups"
FAILED: Final = ("Failed", "PartiallyFailed", "FailedValidation", "FinalizingPartiallyFailed")
OVER: Final = (*FAILED, "Completed")
SCHEDULE: Final = "metadata.labels.velero.io/schedule-name"
COLUMNS: Final = ("status.phase", "status.startTimestamp", SCHEDULE)
SLOW: Final = timedelta(hours=2)  # until a snapshot is ready


async def _run(scope: SweepScope) -> CheckOutcome:
    rows, backups = await objects(scope, "backup.velero.io", COLUMNS, order_by="-status.startTimestamp")
    newest: dict[str, Row] = {}
    for row in rows:  # newest first
        if row.get("status.phase") in OVER:
            newest.setdefault(_series(row), row)
    troubles: list[Trouble] = []
    for series, row in newest.items():
        if row["status.phase"] in FAILED:
            about = subject(backups, "Backup", {**row, "name": series})
            troubles.append(
                risk(
                    NAME,
                    "SEV3",
                    about,
                    f"The newest backup of {series}, {row['name']}, ended {row['status.phase']}.",
                    backups,
                )
            )
    columns = ("status.readyToUse", "metadata.creationTimestamp", "status.error.message")
    rows, snapshots = await objects(scope, "volumesnapshot.snapshot.storage.k8s.io", columns)
    for row in rows:
        since = recency.instant(row.get("metadata.creationTimestamp"))
        if row.get("status.readyToUse") is not True and since is not None and scope.now - since > SLOW:
            about = subject(snapshots, "VolumeSnapshot", row)
            why = f": {row['status.error.message']}" if row.get("status.error.message") else ""
            troubles.append(
                risk(NAME, "SEV3", about, f"{about.short} of {since:%Y-%m-%d %H:%M} UTC is not ready{why}.", snapshots)
            )
    return outcome(troubles, [backups, snapshots])


def _series(row: Row) -> str:
    """The schedule that a backup was since by; its own name where somebody asked for it."""
    return str(row.get(SCHEDULE) or row["name"])


CHECK: Final = SweepCheck(
    name=NAME,
    title="backups of Velero and snapshots of volumes",
    permission="list backups.velero.io and volumesnapshots.snapshot.storage.k8s.io",
    run=_run,
)
