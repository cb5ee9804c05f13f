"""A look for which the tools are away is no look: the time of a verification does not pass in it, and nothing is undone
because nobody could see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sre_agent import failures
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.domain.verification import Verification
from sre_agent.graph.nodes import verify
from sre_agent.progress import Event
from tests.incidents.conftest import Stage
from tests.incidents.ways import Trouble, kubeconfig_through, way
from tests.judgement.recorded import CATALOGUE

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
DEADLINE = 90  # seconds of our own class: as many looks as it takes


@contextmanager
def through(it: Stage, trouble: Trouble) -> Iterator[dict[str, Any]]:
    """The settings of a run whose ways to both APIs have this trouble."""
    with ExitStack() as stack:
        kubeconfig = stack.enter_context(kubeconfig_through(it.lab.endpoints.kubeconfig, it.folder, trouble))
        aws = stack.enter_context(way(it.lab.endpoints.aws, trouble))
        yield {"kubeconfig": str(kubeconfig), "aws_endpoint_url": aws}


def with_a_short_deadline(folder: Path) -> tuple[Path, ...]:
    folder.mkdir()
    text = failures.as_file({**failures.content(CATALOGUE["oom_killed"]), "deadline": DEADLINE})
    (folder / "oom_killed.yaml").write_text(text)
    return (folder,)


async def away_after_the_write(stage: Open, *, seconds: float) -> tuple[Incident, Report, list[Verification]]:
    """A run in which every read is answered by a proxy's page for so long after the first look at the write."""
    trouble = Trouble(1)
    verifications: list[Verification] = []

    def heard(event: Event) -> None:
        if event.kind == "write.answered":
            trouble.pages = 1.0
        elif event.kind == "verification":
            verifications.append(Verification.model_validate(event.data["data"]))
            if (verifications[-1].at - verifications[0].at).total_seconds() > seconds:
                trouble.pages = 0.0

    with stage("evening-traffic") as it, through(it, trouble) as settings:
        alarm = it.alarm()
        own = with_a_short_deadline(it.folder / "classes")
        async with it.runtime(failure_folders=own, **settings) as runtime:
            runtime.progress.listen(heard)
            incident, report = await it.respond(runtime, payload=alarm)
    assert report is not None
    return incident, report, verifications


async def test_a_fix_that_nobody_can_see_for_longer_than_its_deadline_is_seen_later_and_stands(stage: Open) -> None:
    incident, report, verifications = await away_after_the_write(stage, seconds=DEADLINE)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    at_the_deadline = [one for one in verifications if (one.at - verifications[0].at).total_seconds() <= DEADLINE]
    assert at_the_deadline and all(one.is_blind for one in at_the_deadline)
    assert (verifications[-1].at - report.remediations[0].at).total_seconds() > DEADLINE
    assert [write.is_undo for write in report.remediations] == [False]


async def test_where_nobody_can_see_to_the_end_nothing_is_undone_and_a_human_is_told_to_look(
    stage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "BLIND", 1.1)
    incident, report, verifications = await away_after_the_write(stage, seconds=float("inf"))
    assert (incident.status, incident.reason) == ("escalated", "verification_failed")
    assert all(one.is_blind for one in verifications)
    assert [(write.outcome, write.is_undo) for write in report.remediations] == [("done", False)]
    steps = [step.what for step in report.next_steps]
    assert any("whether the action fixed it could not be seen" in step for step in steps), steps
    assert any("still in place" in step for step in steps), steps
