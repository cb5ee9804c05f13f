"""What a scenario's answer may say; a file that says something else is refused with the field's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sre_lab import scenario as scenarios
from sre_lab.scenario import Scenario, ScenarioError

WEB = {"kind": "Deployment", "namespace": "shop", "name": "web"}


def load(folder: Path, **expected: Any) -> Scenario:
    answer: dict[str, Any] = {
        "causes": [{"failure_class": "crash_loop", "subject": "Deployment/shop/web", "says": "It ends at once."}],
        "end": {"outcome": "remediated", "reason": "fixed", "writes": 1},
        "healed": [{"alarm": {"name": "web"}}],
        "accepted": [
            {"says": "undo it", "steps": [{"undo": {"kind": "Deployment", "namespace": "shop", "name": "web"}}]}
        ],
        **expected,
    }
    file = folder / "one.yaml"
    body = {"name": "one", "title": "One", "story": "", "manifests": [], "trigger": "web", "expected": answer}
    file.write_text(yaml.safe_dump(body))
    return scenarios.load(str(file))


def test_spans_are_read_as_people_write_them(tmp_path: Path) -> None:
    expected = load(tmp_path, within="1m30s").expected
    assert expected is not None and expected.within == 90


def test_a_cause_that_is_no_name_of_a_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="should match pattern"):
        load(tmp_path, causes=[{"failure_class": "Gremlins at work", "subject": "Pod/a/b", "says": ""}])


def test_a_step_in_two_forms_is_refused(tmp_path: Path) -> None:
    steps = [{"cordon": "worker-1", "wait": "5s"}]
    with pytest.raises(ScenarioError, match=r"exactly one of .*given: cordon, wait"):
        load(tmp_path, accepted=[{"says": "both", "steps": steps}])


def test_a_condition_in_no_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"exactly one of .*given: none"):
        load(tmp_path, healed=[{}])


def test_an_end_with_something_to_do_needs_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="every other outcome needs one"):
        load(tmp_path, accepted=[])


def test_an_end_with_nothing_to_do_accepts_no_remedy(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="takes no accepted remedy"):
        load(tmp_path, end={"outcome": "remediated", "reason": "no_fault"})


def test_one_cause_may_be_named_in_several_ways(tmp_path: Path) -> None:
    cause = {"failure_class": "image_pull_failed", "subject": "Deployment/shop/web", "says": ""}
    expected = load(tmp_path, causes=[cause | {"also_classes": ["bad_rollout"]}]).expected
    assert expected is not None
    is_named = expected.causes[0].is_named
    assert is_named("bad_rollout", "Deployment/shop/web") and is_named("image_pull_failed", "Deployment/shop/web")
    assert not is_named("bad_rollout", "Deployment/shop/api") and not is_named("oom_killed", "Deployment/shop/web")
