"""Settings are nested by area, and nobody who sets one notices: its name is the same wherever it is given or stored."""

from __future__ import annotations

import ast
import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from sre_agent.cli.checkup_rows import prometheus_rows
from sre_agent.errors import SettingsError, WrongOptionError
from sre_agent.incident_settings import from_json, same, to_json
from sre_agent.preflight import VerbOptions
from sre_agent.preflight.files import problems
from sre_agent.reports.commands import ConnectionOptions
from sre_agent.settings import LAST, SAVED, AwsSettings, ClusterEntry, Settings, StateSettings, load, load_saved, save
from sre_agent.settings.investigation import InvestigationSettings
from sre_agent.settings.root import AREA_OF, AREAS, NAMES
from tests.syntax import sources

SECRET: Final = "made-up-for-this-test-4711"
STORED: Final = Path(__file__).with_name("stored_flat.json")  # a row as versions wrote it that had no areas
REMOTE: Final[dict[str, Any]] = {
    "url": "https://tools.example.com/mcp",
    "token_file": "/srv/token",
    "token_secret": "",
    "sign_requests": False,
    "gateway_target": "kubernetes",
    "plain_http_is_trusted": False,
}
CLUSTER: Final = ClusterEntry().model_dump(mode="json")
GIVEN: Final[dict[str, Any]] = {  # each setting with a value that is not its default
    "profile": "",  # is what --profile says
    "state_dir": "/srv/state",
    "state_dir_trusted": True,
    "kubeconfig": "/srv/config",
    "kube_context": "prod",
    "eks": "prod=eu-west-1/shop",
    "cluster": "shop",
    "aws_endpoint_url": "http://127.0.0.1:9000",
    "aws_region": "eu-west-1",
    "aws_profile": "reader",
    "aws_role": "arn:aws:iam::111122223333:role/reader",
    "aws_external_id": "id-1",
    "clusters": {"prod": {**CLUSTER, "eks": "eu-west-1/shop", "aliases": ["production"], "account": "111122223333"}},
    "prometheus_url": "http://127.0.0.1:9090",
    "alertmanager_url": "http://127.0.0.1:9093",
    "sweep_exclusions": "/srv/exclusions.yaml",
    "sweep_opens": "SEV2",
    "sweep_schedules": {
        "nightly": {
            "cron": "0 3 * * *",
            "zone": "Europe/Dublin",
            "jitter_seconds": 60.0,
            "namespace": "shop",
            "clusters": ["prod"],
            "hygiene": True,
        }
    },
    "runbook_folders": ["/srv/a", "/srv/b"],
    "foreign_servers": {
        "ssm": {
            "reader": "r",
            "scope": "1/eu-west-1",
            "command": ["serve"],
            "url": "",
            "environment": {"A": "b"},
            "token_secret": "",
        }
    },
    "remote_servers": {"kubernetes": REMOTE},
    "remote_writers": {"kubernetes": REMOTE | {"token_file": "/srv/writer-token"}},
    "left_out": {"cloudwatch": "no account"},
    "prompt_folder": "/srv/prompts",
    "xray_address": "127.0.0.1:3000",
    "otlp_endpoint": "http://127.0.0.1:4000/v1/traces",
    "git_repository": "/srv/deploy",
    "git_branch": "live",
    "git_paths": ["clusters/prod"],
    "git_offer": "pull_request",
    "git_host": "gitlab",
    "git_api": "https://git.example.com/api/v4",
    "git_token": "made-up",
    "store": "other",
    "past_incidents": "other",
    "queue": "other",
    "checkpoint": "other",
    "permit_keys": "other",
    "used_permits": "other",
    "state_endpoint_url": "http://127.0.0.1:5000",
    "state_region": "us-west-2",
    "state_aws_profile": "keeper",
    "store_table": "incidents",
    "checkpoint_table": "steps",
    "used_permits_table": "permits",
    "state_bucket": "large-things",
    "state_kms_key": "alias/state",
    "memory_id": "facts-0123456789",
    "queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/looks.fifo",
    "urgent_queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/urgent.fifo",
    "schedule_group": "wake-ups",
    "schedule_role": "arn:aws:iam::123456789012:role/schedules",
    "permit_secret": "permits",
    "record_secret": "record",
    "permit_kms_key": "alias/permits",
    "notify": ["slack:#sre", "opsitem"],
    "notify_secrets": {"slack": "made-up"},
    "escalation": "/srv/escalation.yaml",
    "slack_url": "https://slack-gov.com/api",
    "pagerduty_url": "https://events.eu.pagerduty.com",
    "trace": "none",
    "policies": "demo",
    "limits": "/srv/limits.yaml",
    "level": "recommend",
    "memory_days": 30.0,
    "past_only": True,
    "memory_incidents": 100,
    "memory_recurrence": False,
    "failure_folders": ["/srv/classes"],
    "entity_map": "/srv/map.yaml",
    "writes": True,
    "allow_namespaces": ["shop", "stock-*"],
    "allow_nodes": ["worker-*"],
    "allow_documents": ["AWS-*"],
    "write_kubeconfig": "/srv/writer",
    "write_kube_context": "writer",
    "write_eks": "prod=eu-west-1/shop,role=writer",
    "write_aws_profile": "writer",
    "write_aws_role": "arn:aws:iam::111122223333:role/writer",
    "tool_calls": 7,
    "rounds": 2,
    "call_seconds": 3.5,
    "connect_seconds": 9.5,
    "insights_reuse_seconds": 32.5,
    "look_back_seconds": 60.5,
    "approval_seconds": 61.5,
    "installation": "prod-responder",
    "cost_explorer": True,
    "backup_max_age_hours": 26.5,
    "secret_max_age_days": 90.5,
    "slo_days": 30.5,
    "slo_accepted_alarms": 0.99,
    "slo_diagnosis_seconds": 300.5,
    "slo_diagnosis_in_time": 0.9,
    "slo_right_verdicts": 0.8,
    "rehearsal": "off",
    "permit_seconds": 62.5,
    "remedy_attempts": 3,
    "guardian_seconds": 64.5,
    "lease_seconds": 63.5,
    "operator": "ada",
    "model": "bedrock",
    "model_small": ["a", "b"],
    "model_large": ["c"],
    "model_regions": ["eu-west-1", "us-east-1"],
    "model_endpoint_url": "http://127.0.0.1:9001",
    "model_aws_profile": "models",
    "language": "pt-BR",
    "model_answer_tokens": 100,
    "model_call_seconds": 5.5,
    "model_deadline_seconds": 6.5,
    "model_requests_per_minute": 5,
    "model_tokens_per_minute": 6,
    "model_incident_dollars": 0.5,
    "model_day_dollars": 1.5,
    "model_month_dollars": 30.5,
    "model_weights": {"bedrock": 3.0, "openai": 1.0},
    "model_keys": {"openai": "secret:sre-agent/openai"},
    "model_reuse_seconds": 31.5,
    "model_prices": "/srv/prices.yaml",
    "model_cache": "1h",
    "model_guardrail": "id:1",
    "model_batch_bucket": "s3://bucket/prefix",
    "model_batch_role": "arn:aws:iam::123456789012:role/batch",
    "model_batch_minimum": 3,
    "model_content": True,
    "workers": 7,
    "drain_seconds": 7.5,
    "listen_host": "0.0.0.0",
    "listen_port": 8081,
    "token_file": "/srv/token",
    "token_secret": "secret:sre-agent/token",
    "tls_ends_upstream": True,
    "oidc_issuer": "https://issuer.example.com/pool",
    "oidc_audience": "client-1",
    "oidc_roles_claim": "roles",
    "log_stdout": False,
    "embedded_metrics": "sre-agent",
    "body_kilobytes": 64,
    "requests_per_minute": 60,
    "most_waiting": 50,
    "keep_days": 30.0,
    "keep_events_days": 3.0,
    "endpoint": "https://sre.example.com",
    "endpoint_is_encrypted": True,
    "agent_runtime_arn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/sre-agent",
    "agent_runtime_session": "a-session-of-thirty-three-letters-0",
    "runtime_role": "operator",
    "runtime_session_dollars": 3.5,
    "alarm_sources_file": "/srv/sources.toml",
    "trigger_policy": "/srv/triggers.yaml",
    "alarms_per_minute": 100,
    "storm_window_seconds": 60.0,
    "gather_seconds": 1.5,
    "storm_alarms": 3,
    "storm_settle_seconds": 30.0,
    "repeat_seconds": 60.0,
    "backup_to": "s3://copies/sre-agent",
    "backup_keep": 5,
    "backup_passphrase_file": "/srv/passphrase",
    "backup_kms_key": "alias/backups",
}
REMOTES: Final = ("remote_servers", "remote_writers")
OWN: Final = [name for name in GIVEN if name != "profile"]


def toml(values: dict[str, Any]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def write(value: Any) -> str:
    """As it stands in a variable."""
    if isinstance(value, list):
        return ",".join(value)
    return json.dumps(value) if isinstance(value, dict) else str(value)


def test_there_are_the_settings_that_there_were_and_each_is_of_one_area() -> None:
    assert set(GIVEN) == NAMES
    assert set(GIVEN) - {"profile"} == set(AREA_OF), "each but the profile's name has an area"
    assert sum(len(area.model_fields) for area in AREAS.values()) == len(AREA_OF), "no name is in two areas"
    assert not NAMES & AREAS.keys(), "no area is called like a setting"


def test_every_setting_says_what_it_means() -> None:
    assert [name for area in AREAS.values() for name, field in area.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", OWN)
def test_a_setting_is_given_by_its_variable(name: str) -> None:
    fields = load(environment={f"SRE_AGENT_{name.upper()}": write(GIVEN[name])}).flat()
    assert fields == Settings().flat() | {name: GIVEN[name]}


@pytest.mark.parametrize("name", OWN)
def test_a_setting_is_given_by_whoever_calls(name: str) -> None:
    assert load(environment={}, **{name: GIVEN[name]}).flat() == Settings().flat() | {name: GIVEN[name]}


def test_a_profile_has_every_setting_by_its_name(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    plain = [f"{name} = {json.dumps(value)}" for name, value in GIVEN.items() if not isinstance(value, dict)]
    server = GIVEN["foreign_servers"]["ssm"]
    profile.write_text(
        "\n".join([*plain, "[left_out]", 'cloudwatch = "no account"', "[foreign_servers.ssm]", 'reader = "r"'])
        + f'\nscope = "{server["scope"]}"\ncommand = ["serve"]\nenvironment = {{ A = "b" }}\n'
        + "[model_weights]\nbedrock = 3.0\nopenai = 1.0\n"
        + f"[model_keys]\n{toml(GIVEN['model_keys'])}"
        + "".join(f"[{name}.kubernetes]\n{toml(GIVEN[name]['kubernetes'])}" for name in REMOTES)
        + '[clusters.prod]\neks = "eu-west-1/shop"\naliases = ["production"]\naccount = "111122223333"\n'
        + '[notify_secrets]\nslack = "made-up"\n'
        + f"[sweep_schedules.nightly]\n{toml(GIVEN['sweep_schedules']['nightly'])}"
    )
    assert load(str(profile), environment={}).flat() == GIVEN | {"profile": str(profile)}


def test_the_caller_wins_over_the_environment_and_this_over_the_profile(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('rounds = 2\ntool_calls = 2\nlook_back_seconds = 2.0\n[left_out]\nssm = "of the profile"\n')
    variables = {"SRE_AGENT_ROUNDS": "3", "SRE_AGENT_TOOL_CALLS": "3", "SRE_AGENT_LEFT_OUT": '{"kubernetes": "no"}'}
    settings = load(str(profile), environment=variables, rounds=4, operator=None)
    depth = settings.investigation
    assert (depth.rounds, depth.tool_calls, depth.look_back_seconds) == (4, 3, 2.0)
    assert settings.servers.left_out == {"kubernetes": "no"}, "the value of one source, not a mixture of two"
    again = load(str(profile), environment={}, left_out={"prometheus": "none"})
    assert again.servers.left_out == {"prometheus": "none"}


def test_settings_that_somebody_builds_read_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SRE_AGENT_ROUNDS", "9")
    assert Settings().investigation.rounds == InvestigationSettings.model_fields["rounds"].default != 9
    body = to_json(Settings(rounds=2))
    assert from_json(body, load(), incident="inc-1").investigation.rounds == 2, "an incident keeps its own"


def test_what_is_wrong_is_said_by_the_name_that_was_given(tmp_path: Path) -> None:
    with pytest.raises(WrongOptionError, match=r"are invalid: rounds: Input should be"):
        load(environment={}, rounds=0)
    with pytest.raises(SettingsError, match=r"are invalid: model_cache: String should") as of_variable:
        load(environment={"SRE_AGENT_MODEL_CACHE": "2h"})
    assert not isinstance(of_variable.value, WrongOptionError)
    profile = tmp_path / "mine.toml"
    profile.write_text("no_such_setting = 1\n")
    with pytest.raises(SettingsError, match=r"are invalid: no_such_setting: Extra inputs"):
        load(str(profile), environment={})


def test_an_incident_that_was_stored_without_areas_loads() -> None:
    server = {"reader": "awslabs_cloudwatch", "scope": "1/eu-west-1", "command": ["serve"]}
    present = load(environment={}, foreign_servers={"cloudwatch": server | {"environment": {"API_TOKEN": SECRET}}})
    settings = from_json(STORED.read_text(), present, incident="inc-1")
    assert (settings.kubernetes.kube_context, settings.kubernetes.cluster) == ("prod", "shop")
    assert (settings.aws.aws_region, settings.models.model) == ("eu-west-1", "bedrock")
    assert settings.runbooks.runbook_folders == (Path("/srv/runbooks"),)
    assert settings.writing.allow_namespaces == ("shop", "stock-*")
    assert settings.servers.left_out == {"ssm": "no account"}
    assert settings.servers.foreign_servers["cloudwatch"].environment == {"API_TOKEN": SECRET}
    assert (settings.investigation.tool_calls, settings.reports.language) == (25, "de")
    document = json.loads(STORED.read_text())
    del document["settings"]["notify"]  # of the process since: whom it tells is not an incident's affair
    assert same(json.dumps(document), to_json(settings)), (
        "and is stored as it was, so that the version before reads it too"
    )


@pytest.mark.parametrize("name", [LAST, SAVED])
def test_the_settings_of_a_last_run_that_were_stored_without_areas_load(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    save(Settings(state_dir=folder))
    (folder / LAST).rename(folder / name)
    flat = GIVEN | {"foreign_servers": {}, "state_dir": "elsewhere", "state_dir_trusted": False}
    (folder / name).write_text(json.dumps(flat))
    assert load_saved(folder).flat() == flat | {"state_dir": str(folder)}


def test_bodies_are_the_same_in_whichever_order_they_were_written() -> None:
    body = json.loads(to_json(Settings()))
    in_reverse = body | {"settings": dict(reversed(body["settings"].items()))}
    assert same(json.dumps(in_reverse), json.dumps(body))
    assert not same(json.dumps(in_reverse), to_json(Settings(rounds=2)))
    assert not same(None, json.dumps(body)) and not same("{", json.dumps(body))


def test_no_secret_is_printed() -> None:
    address = f"https://reader:{SECRET}@example.com/api"
    server = {"reader": "r", "scope": "1/eu-west-1", "environment": {"API_TOKEN": SECRET}}
    servers = {
        "cloudwatch": server | {"command": ["serve", f"--token={SECRET}"]},
        "ssm": server | {"url": address},
    }
    settings = load(
        environment={},
        foreign_servers=servers,
        prometheus_url=address,
        aws_endpoint_url=address,
        model_endpoint_url=address,
    )
    for one in (settings, *(getattr(settings, area) for area in AREAS), settings.model_access):
        assert SECRET not in repr(one) and SECRET not in str(one)
    assert settings.prometheus.prometheus_url == address, "the value itself is as it was given"


def test_a_password_in_an_address_is_in_no_report_and_in_no_complaint() -> None:
    address = f"https://reader:{SECRET}@example.com/api"
    reach = ConnectionOptions.of(Settings(prometheus_url=address, aws_endpoint_url=address))
    assert "--prometheus-url" in reach.again and SECRET not in str(reach)
    (complaint,) = problems(Settings(prometheus_url=f"reader:{SECRET}@example.com"), VerbOptions())
    assert "is not a valid address" in complaint and SECRET not in complaint
    rows = asyncio.run(prometheus_rows(Settings(prometheus_url=f"ftp://reader:{SECRET}@example.com"), VerbOptions()))
    assert [row.state for row in rows] == ["failed"] and SECRET not in str(rows)


def test_only_who_opens_the_parts_or_speaks_for_all_of_them_takes_all_settings() -> None:
    whole = {
        "connections.opening",
        *(
            "cli",
            "compose",
            "incident_runtimes",
            "cluster_choice",
            "server_addresses",
            "responder",
            "ops",
            "incident_settings",
            "preflight",
        ),
        "cluster_choice",
        "graph.context",  # an incident's, of which a node takes an area
        "reports.commands",
    }
    for source in sources("sre_agent"):
        module = ".".join(source.path.with_suffix("").parts[1:]).removesuffix(".__init__")
        parameter_types = {
            alias.name
            for node in source.nodes(ast.ImportFrom)
            if (node.module or "").startswith("sre_agent.settings")
            for alias in node.names
        }
        if "Settings" in parameter_types and not module.startswith("settings"):
            assert any(module == one or module.startswith(f"{one}.") for one in whole), module


def test_a_value_that_cannot_be_used_is_not_printed_either(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environment={}, foreign_servers={"ssm": {"reader": "r", "scope": "s", "token": SECRET}})
    assert SECRET not in str(refused.value) and SECRET not in str(refused.value.__cause__)
    folder = tmp_path / "state"
    save(Settings(state_dir=folder))
    (folder / LAST).write_text(json.dumps({"rounds": SECRET}))
    with pytest.raises(SettingsError, match=r"rounds: Input should be a valid integer") as unreadable:
        load_saved(folder)
    assert SECRET not in str(unreadable.value)


def test_a_copy_changes_what_is_named_and_nothing_else() -> None:
    original = Settings(rounds=2, aws_region="eu-west-1")
    changed = original.model_copy(update={"aws_profile": "reader", "profile": "aws"})
    assert changed.aws == AwsSettings(aws_region="eu-west-1", aws_profile="reader")
    assert (changed.profile, changed.investigation.rounds) == ("aws", 2)
    elsewhere = original.model_copy(update={"state": StateSettings(state_dir=Path("/srv"))})
    assert elsewhere.value("state_dir") == Path("/srv")
    with pytest.raises(TypeError, match="Unknown settings: no_such_setting"):
        original.model_copy(update={"no_such_setting": 1})
