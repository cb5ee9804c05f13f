"""The failure catalogue: what a file may say, and that the shipped ones keep to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_servers.contract.vocabulary import OBSERVATIONS
from sre_agent.diagnosis import Engine, standing
from sre_agent.errors import SettingsError
from sre_agent.failures import load

from .pictures import CATALOGUE, ENGINE, TABLE, WORKLOAD, asked, bad_rollout, chain, pod, resource, seen, weigh

OWN = {
    "class": "disk_full",
    "title": "A volume is full",
    "subject_kinds": ["Deployment"],
    "requires": {"all": [{"observation": "event.warning", "where": {"reason": "DiskFull"}}]},
    "speaks_for": [{"observation": "event.warning", "weight": 40, "decisive": True}],
    "statement": "{{ subject.short }} has no room left.",
    "healed": [{"present": "workload.available"}],
}


def written(folder: Path, **changes: object) -> Path:
    (folder / "disk_full.yaml").write_text(yaml.safe_dump({**OWN, **changes}))
    return folder


def test_every_observation_that_a_class_names_is_in_the_vocabulary() -> None:
    named = {code for kind in CATALOGUE for code in kind.codes()}
    assert named and named <= set(OBSERVATIONS)


def test_every_code_of_the_vocabulary_stands_in_exactly_one_group() -> None:
    groups = [standing.ABNORMAL, standing.PAST, standing.SAID, standing.CALM, standing.NEUTRAL]
    counts = {code: sum(code in group for group in groups) for code in OBSERVATIONS}
    assert {code: count for code, count in counts.items() if count != 1} == {}


def test_the_first_classes_are_shipped() -> None:
    assert {kind.name for kind in CATALOGUE} >= {
        "bad_rollout",
        "crash_loop",
        "oom_killed",
        "image_pull_failed",
        "config_missing",
        "dependency_unreachable",
        "table_throttled",
    }


def test_a_configured_folder_adds_a_class(tmp_path: Path) -> None:
    assert "disk_full" in load([written(tmp_path)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"speaks_for": [{"observation": "disk.full", "weight": 40}]}, "speaks_for.0.observation"),
        ({"speaks_for": [{"observation": "event.warning", "weight": 41}]}, "speaks_for.0.weight"),
        ({"cure": "none"}, "cure"),
        ({"explains": [{"failure_class": "gremlins"}]}, "gremlins"),
        ({"statement": "{{ subject.short "}, "statement"),
        ({"healed": [{"on": "subject"}]}, "healed.0"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_file_and_field(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as problem:
        load([written(tmp_path, **changes)])
    assert "disk_full" in str(problem.value) and said in str(problem.value)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not there"):
        load([tmp_path / "nowhere"])


def test_a_template_that_names_what_nothing_can_fill_is_an_error_and_no_gap(tmp_path: Path) -> None:
    statement = "{{ observed['container.image_pull_failed'].colour }}"
    own = {
        **OWN,
        "requires": {"all": [{"observation": "container.image_pull_failed"}]},
        "speaks_for": [{"observation": "container.image_pull_failed", "weight": 40, "decisive": True}],
    }
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**own, "statement": statement}))
    with pytest.raises(SettingsError, match="colour"):
        Engine(load([tmp_path])).weigh([WORKLOAD], bad_rollout(), started_at=None, budget_left=0)


def test_every_statement_renders_when_only_what_the_class_requires_was_seen() -> None:
    for kind in CATALOGUE:
        needed = [*kind.requires.all, *kind.requires.any[:1]]
        subjects = {"table.": TABLE, "database.": resource("Database", "orders-db")}
        facts = []
        for condition in needed:
            prefix = condition.observation.split(".")[0] + "."
            subject = subjects.get(prefix, WORKLOAD if prefix in ("rollout.", "workload.", "reference.") else pod("a"))
            where: dict[str, Any] = {
                name: value[0] if isinstance(value, list) else value for name, value in condition.where.items()
            }
            extra: dict[str, Any] = (
                {"address": "cart-db:5432"} if condition.observation == "log.connection_failed" else {}
            )
            facts.append(seen(condition.observation, subject, **where, **extra))
        focus = facts[0].subject
        diagnosis = ENGINE.weigh(
            [focus], [asked("kubectl_get", facts, chain(pod("a")))], started_at=None, budget_left=9
        ).diagnosis
        named = [h for h in (diagnosis.hypothesis, *diagnosis.others) if h is not None]
        assert kind.name in {h.failure_class for h in named} | {r.failure_class for r in diagnosis.ruled_out}
        assert all(h.statement.strip() and len(h.statement) <= 700 for h in named)


def test_a_statement_stays_short_whatever_the_sources_say() -> None:
    evidence = bad_rollout(image="registry.test/" + "very-long/" * 60 + "cart:1")
    assert len(weigh(evidence).diagnosis.statement) <= 700
