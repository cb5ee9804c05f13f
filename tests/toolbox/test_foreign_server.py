"""A public CloudWatch server stands in for ours: its results become facts that are marked partial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.facts import Answer
from sre_agent.domain.finding import Evidence
from sre_agent.errors import SettingsError
from sre_agent.server_addresses import readers
from sre_agent.settings import load
from tests.toolbox import shapes
from tests.toolbox.conftest import SCOPE, Foreign

pytestmark = pytest.mark.anyio
WINDOW = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z"}


def answer_of(evidence: Evidence) -> Answer:
    assert evidence.answer is not None, evidence.error
    assert [part.state for part in evidence.answer.coverage] == ["partial"]
    return evidence.answer


async def test_an_alarm_s_history_becomes_a_firing_alarm_and_what_it_watches(foreign: Foreign) -> None:
    as_text = json.dumps(shapes.HISTORY)
    async with foreign.asking() as ask:
        for form in ({"structured": {"result": shapes.HISTORY}}, {"structured": shapes.HISTORY}, {"text": as_text}):
            foreign.says("get_alarm_history", **form)
            answer = answer_of(await ask("describe_alarm", name="carts-throttled"))
            [firing] = answer.observations
            assert firing.code == "alarm.firing" and str(firing.subject) == f"{SCOPE}|Alarm//carts-throttled"
            assert firing.attributes == {
                "alarm": "carts-throttled",
                "since": "2026-03-01T11:50:00Z",
                "metric": "WriteThrottleEvents",
                "threshold": 10.0,
            }
            [watches] = answer.relations
            assert (watches.kind, watches.target.short) == ("watches", "Table/carts")
            assert "not ours" in answer.coverage[0].detail
    arguments = {"alarm_name": "carts-throttled", "max_items": 50, "region": "eu-west-1"}
    assert foreign.calls == [["get_alarm_history", arguments]] * 3


async def test_an_alarm_that_is_well_again_tells_when_it_last_fired(foreign: Foreign) -> None:
    details = shapes.HISTORY["alarm_details"] | {"current_state": "OK"}
    [firing, _] = shapes.HISTORY["history_items"]
    well = firing | {"timestamp": "2026-03-01T11:58:00Z", "old_state": "ALARM", "new_state": "OK"}
    foreign.says("get_alarm_history", shapes.HISTORY | {"alarm_details": details, "history_items": [well, firing]})
    [observation] = answer_of(await foreign.ask("describe_alarm", name="carts-throttled")).observations
    assert observation.code == "alarm.ok"
    assert observation.attributes["since"] == "2026-03-01T11:58:00Z"
    assert observation.attributes["last_fired"] == "2026-03-01T11:50:00Z"


async def test_an_alarm_that_it_does_not_know_is_not_found_though_its_result_is_good(foreign: Foreign) -> None:
    foreign.says("get_alarm_history", {"result": shapes.UNKNOWN})
    evidence = await foreign.ask("describe_alarm", name="nobody")
    assert evidence.answer is None and evidence.error.startswith("[not_found] alarm nobody")


async def test_firing_alarms_are_read_with_what_was_not_told(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", shapes.ACTIVE)
    answer = answer_of(await foreign.ask("list_alarms", prefix="", state="ALARM"))
    assert [o.subject.name for o in answer.observations] == ["carts-throttled", "shop-down"]
    assert [r.target.short for r in answer.relations] == ["Table/carts"]
    assert "more" in answer.coverage[0].detail
    assert "ada@example.com" not in answer.model_dump_json()


async def test_no_firing_alarm_proves_nothing(foreign: Foreign) -> None:
    foreign.says("get_active_alarms", shapes.NONE_ACTIVE)
    answer = answer_of(await foreign.ask("list_alarms"))
    assert answer.observations == []


async def test_error_lines_are_counted_and_their_secrets_are_taken_out(foreign: Foreign) -> None:
    foreign.says("execute_log_insights_query", shapes.ERRORS)
    answer = answer_of(await foreign.ask("summarize_errors", log_group="/shop/carts", **WINDOW))
    first, second = answer.observations
    assert first.code == "log.error" and str(first.subject) == f"{SCOPE}|LogGroup///shop/carts"
    assert first.attributes["count"] == 37 and first.attributes["first"] == "2026-03-01T11:49:02Z"
    assert second.at is not None and "last" not in second.attributes
    assert "0123456789abcdefghij" not in answer.model_dump_json()


async def test_a_log_without_errors_is_not_called_free_of_them(foreign: Foreign) -> None:
    foreign.says("execute_log_insights_query", shapes.NO_ERRORS)
    answer = answer_of(await foreign.ask("summarize_errors", log_group="/shop/carts", **WINDOW))
    assert answer.observations == []


async def test_a_query_that_failed_in_a_good_result_is_a_gap(foreign: Foreign) -> None:
    async with foreign.asking() as ask:
        for result, kind in ((shapes.QUERY_FAILED, "denied"), (shapes.QUERY_SLOW, "unavailable")):
            foreign.says("execute_log_insights_query", result)
            evidence = await ask("summarize_errors", log_group="/shop/carts", **WINDOW)
            assert evidence.answer is None and evidence.error.startswith(f"[{kind}]")


async def test_a_series_is_data_without_a_judgement(foreign: Foreign) -> None:
    foreign.says("get_metric_data", shapes.SERIES)
    metric = {"namespace": "AWS/DynamoDB", "metric": "WriteThrottleEvents", "dimensions": {"TableName": "carts"}}
    answer = answer_of(await foreign.ask("get_metric", **metric, **WINDOW))
    assert [point["value"] for point in answer.data["series"]] == [12.0, 40.0] and answer.observations == []
    [[_, arguments]] = foreign.calls
    assert arguments["dimensions"] == [{"name": "TableName", "value": "carts"}] and arguments["region"] == "eu-west-1"


@pytest.mark.parametrize("tool", ["analyze_resource", "set_alarm_state", "get_active_alarms"])
async def test_only_what_the_reader_knows_to_read_is_ever_asked(foreign: Foreign, tool: str) -> None:
    evidence = await foreign.ask(tool, kind="Table", name="carts", **WINDOW)
    assert evidence.answer is None and evidence.error.startswith("[unavailable]") and "describe_alarm" in evidence.error
    assert foreign.calls == []


async def test_an_error_or_another_shape_is_a_gap(foreign: Foreign) -> None:
    answers: list[tuple[dict[str, Any], str]] = [
        ({"is_error": True, "text": "An error occurred (AccessDeniedException): password=hunter2hunter2"}, "denied"),
        ({"is_error": True, "text": "Could not connect to the endpoint URL"}, "unavailable"),
        ({"structured": {"alarms": "many"}}, "unavailable"),
        ({"structured": {"metric_alarms": [{"alarm_name": "x"}], "composite_alarms": []}}, "unavailable"),
        ({"text": "Everything is fine."}, "unavailable"),
    ]
    async with foreign.asking() as ask:
        for answer, kind in answers:
            foreign.says("get_active_alarms", **answer)
            evidence = await ask("list_alarms")
            assert evidence.answer is None and evidence.error.startswith(f"[{kind}]")
            assert "hunter2" not in evidence.error


def test_a_profile_names_it_by_reader_scope_and_command(tmp_path: Path) -> None:
    profile = tmp_path / "ours.toml"
    profile.write_text(
        '[foreign_servers.cloudwatch]\nreader = "awslabs_cloudwatch"\nscope = "111122223333/eu-west-1"\n'
        'command = ["uvx", "awslabs.cloudwatch-mcp-server@latest"]\nenvironment = {FASTMCP_LOG_LEVEL = "ERROR"}\n'
    )
    settings = load(str(profile), environment={}, aws_region="eu-west-1", state_dir=tmp_path)
    address = readers(settings)["cloudwatch"]
    assert address.command[0] == "uvx" and address.stand_in is not None
    assert address.environment["FASTMCP_LOG_LEVEL"] == "ERROR" and address.environment["AWS_REGION"] == "eu-west-1"
    assert readers(settings)["ssm"].stand_in is None


def test_folders_with_runbooks_are_given_to_the_server_that_reads_them(tmp_path: Path) -> None:
    settings = load(environment={"SRE_AGENT_RUNBOOK_FOLDERS": f"{tmp_path}/a,{tmp_path}/b"}, state_dir=tmp_path)
    assert readers(settings)["ssm"].command[-2:] == (f"--runbooks={tmp_path}/a", f"--runbooks={tmp_path}/b")


def test_an_unknown_reader_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    variables = {
        "SRE_AGENT_FOREIGN_SERVERS": '{"cloudwatch": {"reader": "nobody", "scope": "a/b", "url": "http://x/mcp"}}'
    }
    settings = load(environment=variables, state_dir=tmp_path)
    with pytest.raises(SettingsError, match="awslabs_cloudwatch"):
        readers(settings)


@pytest.mark.parametrize("server", [{}, {"command": ["x"], "url": "http://x/mcp"}])
def test_a_foreign_server_is_either_started_or_reached(server: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="either a command or a url"):
        load(environment={}, foreign_servers={"cloudwatch": {"reader": "awslabs_cloudwatch", "scope": "a/b"} | server})
