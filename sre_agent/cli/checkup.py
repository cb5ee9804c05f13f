"""What `sre-agent doctor` looks at: each thing asked once, as the responder would ask it, and said in a row.

Clusters, accounts and Prometheus are asked through the servers that read them in an investigation, so that what passes
here is what a run will have. Nothing is kept: the servers' logs go to a folder that is gone afterwards.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from pathlib import Path
from typing import Final

from sre_agent.cli.checkup_rows import CheckupRow, aws_rows, kubernetes_rows, prometheus_rows, writes_rows
from sre_agent.preflight import VerbOptions, files
from sre_agent.preflight.addresses import is_host_and_port
from sre_agent.settings import Settings

XRAY_SECONDS: Final = 0.5


async def check(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    """All rows, in the order in which a run needs them."""
    rows = [_settings(settings, options), _state_folder(settings.state.state_dir, options)]
    with tempfile.TemporaryDirectory(prefix="sre-agent-doctor-") as folder:
        quiet = settings.model_copy(update={"state_dir": Path(folder)})
        found = await asyncio.gather(
            kubernetes_rows(quiet, options),
            aws_rows(quiet, options),
            prometheus_rows(quiet, options),
            writes_rows(quiet, options),
        )
    rows += [row for part in found for row in part]
    rows.append(_xray(settings.tracing.xray_address))
    return rows


def fails(rows: list[CheckupRow]) -> bool:
    """Whether a run would lack what it was set up for, or has nothing to look at."""
    sources = [row for row in rows if row.what in ("cluster", "CloudWatch", "Prometheus")]
    return any(row.state == "failed" for row in rows) or all(row.state != "ok" for row in sources)


def _settings(settings: Settings, options: VerbOptions) -> CheckupRow:
    wrong = list(files.problems(settings, options))
    told = " ".join(wrong) if wrong else f"profile {settings.profile or 'none'}, policies {settings.policy.policies}"
    return CheckupRow("settings", "files and addresses they name", "failed" if wrong else "ok", told)


def _state_folder(folder: Path, options: VerbOptions) -> CheckupRow:
    """It, or the first folder above it that is there, has to be one that this user may write."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    asked = f"whether {folder} is writable"
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return CheckupRow(
            "state folder", asked, "ok", "writable" if there == folder.absolute() else f"it will be created in {there}"
        )
    do = f"Choose a writable one: {options.to_give('state_dir', 'FOLDER')}"
    return CheckupRow("state folder", asked, "failed", f"{there} is not writable", do)


def _xray(address: str) -> CheckupRow:
    """Its daemon takes segments by UDP, which never answers; it listens by TCP on the same port too."""
    asked = f"X-Ray daemon at {address}"
    if not is_host_and_port(address):
        return CheckupRow("traces", asked, "failed", "is not a valid address")
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=XRAY_SECONDS):
            return CheckupRow("traces", asked, "ok", "listening")
    except OSError:
        return CheckupRow("traces", asked, "absent", "nothing is listening there: runs work, but their traces are lost")
