"""What GitHub runs: with as few rights as each job needs, by targets and modules that are here and tested here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from infra.checks import smoke
from tests.infra.iam import INFRA
from tests.server_aws.wire import serving_app

ROOT = INFRA.parent
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAJOR = re.compile(r"[\w.-]+/[\w./-]+@v\d+|docker://[\w./-]+:v?\d+\.\d+\.\d+|\./\.github/workflows/[\w-]+\.yml")
LOGIC = re.compile(r"&&|\|\||;|`|\bif\b|\bfor\b|\bwhile\b|\n.*\S")
Job = dict[str, Any]


def jobs() -> Iterator[tuple[Path, str, Job]]:
    for file in FILES:
        for name, job in yaml.safe_load(file.read_text("utf-8"))["jobs"].items():
            yield file, name, job


def steps(job: Job) -> list[Job]:
    return list(job.get("steps", [])) + ([job] if "uses" in job else [])


def test_every_action_has_a_major_version_that_dependabot_moves() -> None:
    used = [step["uses"] for _, _, job in jobs() for step in steps(job) if "uses" in step]
    assert used and [one for one in used if not MAJOR.fullmatch(one)] == []
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))["updates"]
    assert "github-actions" in {one["package-ecosystem"] for one in updates}


def test_a_workflow_may_read_the_code_and_only_a_job_that_says_so_may_more() -> None:
    for file in FILES:
        assert yaml.safe_load(file.read_text("utf-8"))["permissions"] == {"contents": "read"}, file.name
    more = {(file.stem, name): {*job.get("permissions", {})} - {"contents"} for file, name, job in jobs()}
    assert {where: rights for where, rights in more.items() if rights} == {
        ("deploy", "staging"): {"packages", "id-token"},
        ("deploy", "production"): {"packages", "id-token"},
        ("image", "image"): {"packages", "id-token"},
        ("infra", "plan"): {"id-token"},
        ("rollout", "rollout"): {"packages", "id-token"},
    }


def test_nothing_is_decided_in_the_workflows_and_everything_that_they_call_is_here() -> None:
    runs = [step["run"] for _, _, job in jobs() for step in steps(job) if "run" in step]
    assert [one for one in runs if LOGIC.search(one)] == []
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    long = {"test-all", "chaos"}  # of nightly's matrix
    target_lists = {word for one in runs for word in re.findall(r"^make (?:-C \w+ )?((?:[a-z-]+ ?)+)", one)}
    assert {name for words in target_lists for name in words.split()} | long <= targets
    assert all(find_spec(name) for name in re.findall(r"-m (infra\.checks[\w.]*)", makefile))


def test_no_text_of_a_stranger_becomes_part_of_a_command() -> None:
    runs = [step["run"] for _, _, job in jobs() for step in steps(job) if "run" in step]
    assert [one for one in runs if re.search(r"\$\{\{(?! matrix\.)", one)] == []


def test_an_environment_gets_the_code_of_the_release_and_one_without_anything_to_roll_out_fails() -> None:
    (rollout,) = (job for file, _, job in jobs() if file.stem == "rollout")
    first, checkout, *_ = steps(rollout)
    assert checkout["with"]["ref"] == "v${{ inputs.version }}"
    targets = {step["if"] for step in steps(rollout) if step.get("run", "").startswith("make rollout")}
    assert targets == {"vars.SERVICE != ''", "vars.FUNCTION != ''"}
    assert first["run"] == "false" and first["if"] == "vars.SERVICE == '' && vars.FUNCTION == ''"


def test_who_deploys_is_who_terraform_lets_in() -> None:
    variables = (INFRA / "terraform" / "modules" / "github" / "variables.tf").read_text("utf-8")
    environments = re.findall(r'default += \["staging", "production"\]', variables)
    names = [job["with"]["environment"] for _, _, job in jobs() if "environment" in job.get("with", {})]
    assert names == ["staging", "production"] and environments


def answering(statuses: dict[str, int]) -> Starlette:
    def route(path: str, status: int) -> Route:
        return Route(path, lambda _: Response(status_code=status))

    return Starlette(routes=[route(path, status) for path, status in statuses.items()])


def test_a_responder_that_lets_strangers_in_fails_the_smoke_test(capsys: pytest.CaptureFixture[str]) -> None:
    with serving_app(answering(smoke.EXPECTED)) as url:
        assert smoke.main([url]) == 0
    with serving_app(answering(smoke.EXPECTED | {"/ready": 503, "/incidents": 200})) as url:
        capsys.readouterr()
        assert smoke.main([url]) == 1
    assert capsys.readouterr().out == "/ready answers 503, not 200\n/incidents answers 200, not 401\n"
