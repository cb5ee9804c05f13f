"""What Argo CD declares is not patched: the change is proposed in the repository, or shown where there is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import anyio

from sre_agent import reports
from tests.git.repositories import git, repository
from tests.incidents.conftest import Stage

Opened = Callable[[str], AbstractContextManager[Stage]]
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: loans
spec:
  template:
    spec:
      containers:
        - name: loans
          image: registry.library.test/loans
"""
FILES = {
    "base/loans.yaml": DEPLOYMENT,
    "base/kustomization.yaml": "resources: [loans.yaml]\n",
    "prod/kustomization.yaml": (
        "namespace: lending\nresources: [../base]\nimages:\n"
        "- name: registry.library.test/loans\n  newTag: 7.5.0 # released today\n"
    ),
}


def test_a_release_of_argo_cd_is_taken_back_by_a_commit_that_is_offered(stage: Opened, tmp_path: Path) -> None:
    folder = repository(tmp_path / "deploy", FILES)

    async def run(it: Stage) -> None:
        async with it.runtime(git_repository=str(folder)) as runtime:
            incident, report = await it.respond(runtime)
        assert report is not None and report.remediations == []
        assert (incident.status, incident.reason) == ("escalated", "no_safe_action")
        (change,) = report.git_changes
        assert change.owner.controller == "argocd" and change.files == ["prod/kustomization.yaml"]
        assert "+  newTag: 7.4.0 # released today" in change.patch
        git(folder, "apply", "--check", stdin=change.patch)
        text = reports.markdown(report)
        assert "## Change in Git" in text and "managed by Argo CD (lending-prod)" in text
        assert any("patch of prod/kustomization.yaml" in step.what for step in report.next_steps)
        assert not any("kubectl" in step.what for step in report.next_steps), "Argo CD would put it back"

    with stage("loan-desk") as it:
        anyio.run(run, it)


def test_without_a_repository_the_report_shows_the_change_on_the_live_object(stage: Opened) -> None:
    async def run(it: Stage) -> None:
        async with it.runtime(writes=False, allow_namespaces=()) as runtime:
            incident, report = await it.respond(runtime)
        assert report is not None and incident.reason == "no_safe_action"
        (change,) = report.git_changes
        assert "git_repository" in change.why_not and any("7.4.0" in line for line in change.diff)

    with stage("loan-desk") as it:
        anyio.run(run, it)
