"""A signal that names an AWS resource without saying its kind is about that resource, where the cluster has none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import SilentView
from sre_agent.compose import open_runtime
from sre_agent.domain.report import Report
from sre_agent.notify.console import SilentNotifier
from sre_lab.process import LabProcess
from sre_lab.remote_clock import LabClock
from tests.chat.cloud_world import account
from tests.labs import standing_lab


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    folder = tmp_path_factory.mktemp("post")
    (folder / "world.json").write_text(json.dumps(account()))
    with standing_lab(folder / "world.json", folder / "lab") as lab:
        yield lab


async def report_of(lab: LabProcess, folder: Path, **labels: str) -> tuple[list[str], Report]:
    alert: dict[str, Any] = {"status": "firing", "labels": {"alertname": "RunsFail", **labels}}
    payload = {"version": "4", "status": "firing", "receiver": "us", "alerts": [{**alert, "annotations": {}}]}
    settings = lab_settings(lab, folder)
    async with open_runtime(settings, clock=LabClock(lab.control), notifier=SilentNotifier()) as runtime:
        signal = entrances.read(payload, received_at=runtime.clock.now())[0]
        incident, _ = await runtime.responder.submit(signal)
        finished, report = await drive(runtime, incident.id, SilentView(), "never")
    assert report is not None
    return [subject.short for subject in finished.subjects], report


@pytest.mark.parametrize(
    ("labels", "subject"),
    [
        ({"function": "refund-mailer"}, "Function/refund-mailer"),
        ({"app": "refund-mailer"}, "Function/refund-mailer"),
        ({"queue": "sorter"}, "Deployment/post/sorter"),
    ],
    ids=["of a label", "of a label for workloads", "the cluster has one"],
)
def test_a_name_without_a_kind_leads_to_what_has_it(
    post: LabProcess, tmp_path: Path, labels: dict[str, str], subject: str
) -> None:
    subjects, report = asyncio.run(report_of(post, tmp_path, namespace="post", **labels))
    assert subjects == [subject]
    if subject.startswith("Function"):
        assert report.diagnosis.verdict == "cause"
        assert "does not finish in time" in report.statement


def test_a_name_of_several_resources_is_not_guessed(post: LabProcess, tmp_path: Path) -> None:
    subjects, report = asyncio.run(report_of(post, tmp_path, app="parcels"))
    assert subjects == [] and report.status == "escalated"
    assert any("several things: Table/parcels, Queue/parcels" in gap.text for gap in report.gaps)
