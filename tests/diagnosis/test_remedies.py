"""What may be done about a cause, and why not more."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis.correction_calls import alone, call_of
from sre_agent.diagnosis.remedies import Option, options
from sre_agent.domain.action import SkippedRemedy
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import FieldCorrection
from sre_agent.domain.finding import Evidence
from sre_agent.failures.formats import doubled

from .pictures import (
    CATALOGUE,
    TABLE,
    WORKLOAD,
    asked,
    bad_rollout,
    chain,
    config_missing,
    crash_looping,
    database_down,
    healthy,
    link,
    minutes,
    out_of_memory,
    pod,
    rollout,
    seen,
    table_throttled,
    thing,
    weigh,
)


def possible(evidence: list[Evidence], focus: Subject = WORKLOAD) -> tuple[list[Option], list[SkippedRemedy]]:
    by_cause = [options(CATALOGUE, cause, evidence) for cause in weigh(evidence, focus).diagnosis.causes]
    return [one for fitting, _ in by_cause for one in fitting], [one for _, skipped in by_cause for one in skipped]


def test_a_bad_rollout_returns_to_the_revision_that_served() -> None:
    [option], _ = possible(bad_rollout())
    assert (option.call.server, option.call.tool) == ("kubernetes", "kubectl_rollout_undo")
    assert option.call.arguments == {"kind": "Deployment", "namespace": "shop", "name": "cart", "to_revision": 2}
    assert option.reversible and option.namespace == "shop"
    assert "revision 2" in option.purpose


def test_an_oom_kill_doubles_the_limit_of_that_container_and_touches_no_request() -> None:
    [option], _ = possible(out_of_memory())
    assert option.call.tool == "kubectl_set_resources"
    assert option.call.arguments["memory_limit"] == "1024Mi"
    assert "memory_request" not in option.call.arguments
    assert "512Mi" in option.purpose and "1024Mi" in option.purpose


def test_an_oom_kill_of_a_lone_pod_is_handed_over() -> None:
    lone = thing("Pod", "cart-manual")
    facts = [
        seen(
            "container.oom_killed", lone, minutes(1), container="main", memory_limit="64Mi", restarts=6, exit_code=137
        ),
        seen("container.crash_looping", lone, minutes(1), container="main", restarts=6),
    ]
    remedies, skipped = possible([asked("kubectl_explain_workload", facts, name="cart-manual")], lone)
    assert remedies == []
    assert any("Pod/shop/cart-manual" in line.text for line in skipped)


def test_an_oom_kill_without_a_known_limit_is_handed_over() -> None:
    facts = [seen("container.oom_killed", pod("a"), minutes(1), container="cart", restarts=6, exit_code=137)]
    remedies, skipped = possible([asked("kubectl_explain_workload", facts, chain(pod("a")))])
    assert remedies == []
    assert any("raise_memory_limit" in line.text for line in skipped)


def test_missing_configuration_that_no_rollout_brought_is_handed_over() -> None:
    remedies, skipped = possible(config_missing())
    assert remedies == []
    assert any("nothing shows that pods of the newest revision fail" in line.text for line in skipped)


def test_missing_configuration_that_came_with_the_newest_revision_is_undone() -> None:
    evidence = [*config_missing(), asked("kubectl_rollout_history", rollout())]
    [option], _ = possible(evidence)
    assert option.call.tool == "kubectl_rollout_undo"


@pytest.mark.parametrize("evidence", [crash_looping(), database_down()], ids=["crash loop", "database"])
def test_what_nobody_may_mend_is_handed_over_with_a_word_on_who_has_to(evidence: list[Evidence]) -> None:
    remedies, skipped = possible(evidence)
    assert remedies == []
    assert any("owner" in line.text for line in skipped)


def test_a_throttled_table_gets_the_parameters_that_its_runbook_declares_as_lists_of_text() -> None:
    [option], _ = possible(table_throttled(runbook=True), TABLE)
    assert (option.call.server, option.call.tool) == ("ssm", "start_automation")
    parameters = option.call.arguments["parameters"]
    assert parameters == {"TableName": ["orders"], "WriteCapacityUnits": ["10"]}
    assert option.call.arguments["document"] == "Acme-RaiseCapacity"


def test_capacity_is_enough_for_what_was_consumed_and_refused() -> None:
    evidence = table_throttled(runbook=True)
    answer = evidence[1].answer
    assert answer is not None
    busy = answer.observations[0].model_copy(
        update={
            "attributes": {
                "table": "orders",
                "direction": "write",
                "events": 30000,
                "refused": 100.0,
                "consumed": 5.0,
                "provisioned": 5.0,
            }
        }
    )
    evidence[1] = evidence[1].model_copy(update={"answer": answer.model_copy(update={"observations": [busy]})})
    [option], _ = possible(evidence, TABLE)
    assert int(option.call.arguments["parameters"]["WriteCapacityUnits"][0]) >= 105  # 100 refused a second, 5 consumed


def test_a_throttled_table_without_a_runbook_of_its_class_is_handed_over() -> None:
    evidence = table_throttled(runbook=True)
    answer = evidence[2].answer
    assert answer is not None
    row = {**answer.data["runbooks"][0], "tags": {"team": "orders"}}
    evidence[2] = evidence[2].model_copy(update={"answer": answer.model_copy(update={"data": {"runbooks": [row]}})})
    remedies, skipped = possible(evidence, TABLE)
    assert remedies == []
    assert any("table_throttled" in line.text for line in skipped)


STOCK = thing("Service", "stock")
FRONT = thing("Ingress", "front")


def astray(code: str, at: Subject = STOCK, **attributes: Any) -> list[Evidence]:
    """A Service or Ingress that leads astray, and the caller that complains of it."""
    why = {"service.node_local": "timeout", "service.mixed_backends": ""}.get(code, "refused")
    failure = {"address": "stock.shop.svc", "in_cluster": True, "count": 9}
    code_said = ("log.connection_failed", {"why": why}) if why else ("log.bad_answer", {"status": "404"})
    complaint = seen(code_said[0], pod("a"), minutes(2), "stock does not answer", **failure, **code_said[1])
    calls = [*chain(pod("a")), link("calls", WORKLOAD, STOCK)]
    return [
        asked("kubectl_logs", [complaint], calls, name="cart"),
        asked("kubectl_explain_workload", [seen(code, at, **attributes)], name=at.name),
    ]


SELECTED: dict[str, Any] = {"selector": "app=stock,line=b", "near": ["app=stock"]}
MIXED: dict[str, Any] = {"selector": "part=shop", "meant": "Deployment/stock", "others": ["Deployment/lists"]}
PORT: dict[str, Any] = {"port": 80, "target_port": "web", "by_name": True, "declared": ["http"]}
LOCAL: dict[str, Any] = {"policy": "internal", "without": ["worker-3"], "cuts_off": True}
ROUTE: dict[str, Any] = {"service": "web-next", "port": "80", "near": ["web"], "host": "shop.test", "path": "/"}


@pytest.mark.parametrize(
    ("evidence", "focus", "tool", "arguments"),
    [
        (astray("service.selects_nothing", **SELECTED, fitting="app=stock"), STOCK, "kubectl_set_service",
         {"selector": "app=stock"}),
        (astray("service.port_mismatch", **PORT, fitting="http"), STOCK, "kubectl_set_service",
         {"port": 80, "target_port": "http"}),
        (astray("service.mixed_backends", **MIXED, fitting="app=stock,part=shop"), STOCK, "kubectl_set_service",
         {"selector": "app=stock,part=shop"}),
        (astray("service.node_local", **LOCAL), STOCK, "kubectl_set_service", {"internal_traffic_policy": "Cluster"}),
        (astray("ingress.no_backend", FRONT, **ROUTE, fitting="web", fitting_port="80"), FRONT,
         "kubectl_set_ingress_backend", {"host": "shop.test", "path": "/", "service": "web", "port": "80"}),
    ],
    ids=["selector", "target port", "several programs", "traffic policy", "ingress"],
)  # fmt: skip
def test_what_leads_astray_is_sent_where_the_facts_say(
    evidence: list[Evidence], focus: Subject, tool: str, arguments: dict[str, Any]
) -> None:
    [option], _ = possible(evidence, focus)
    assert option.call.tool == tool and option.reversible
    assert option.call.arguments == {"namespace": "shop", "name": focus.name, **arguments}


@pytest.mark.parametrize(
    ("evidence", "focus"),
    [
        (astray("service.selects_nothing", **SELECTED, fitting=""), STOCK),
        (astray("service.port_mismatch", **PORT, fitting=""), STOCK),
        (astray("service.mixed_backends", **MIXED), STOCK),
        (astray("ingress.no_backend", FRONT, **ROUTE, fitting="", fitting_port=""), FRONT),
    ],
    ids=["selector", "target port", "several programs", "ingress"],
)
def test_what_leads_astray_is_handed_over_where_no_fact_says_where_to(evidence: list[Evidence], focus: Subject) -> None:
    remedies, skipped = possible(evidence, focus)
    assert remedies == []
    assert any("which value is meant" in line.text for line in skipped) and any(
        "The owner of the" in line.text for line in skipped
    )


def test_without_a_cause_nothing_is_offered() -> None:
    assert possible(healthy()) == ([], [])


@pytest.mark.parametrize(
    ("before", "after"), [("512Mi", "1024Mi"), ("1Gi", "2Gi"), ("1.5G", "3G"), ("100", "200"), ("250m", "500m")]
)
def test_quantities_double_in_their_own_unit(before: str, after: str) -> None:
    assert doubled(before) == after


def test_what_is_no_quantity_does_not_double() -> None:
    with pytest.raises(ValueError, match="not a Kubernetes quantity"):
        doubled("plenty")


def other(field: str, subject: Subject = WORKLOAD, **attributes: Any) -> Any:
    """A field whose right value is evident, as the server tells it."""
    defaults = {
        "container": "cart",
        "name": "",
        "now": "x",
        "source": "declared",
        "of": "container cart",
        "exact": True,
    }
    return seen("template.other_value", subject, field=field, **{**defaults, **attributes})


STORE = thing("StatefulSet", "cart")
PROBE = '{"httpGet": {"path": "/live", "port": 80}, "periodSeconds": 5}'
LATER = '{"httpGet": {"path": "/live", "port": 80}, "initialDelaySeconds": 30, "periodSeconds": 5}'
AT = "/spec/template/spec/volumes/0/configMap/name"
IN_CONTAINER = "/spec/template/spec/containers/0/envFrom/0/configMapRef/name"


@pytest.mark.parametrize(
    ("change", "tool", "arguments"),
    [
        (other("image", value="a:1", source="sibling"), "kubectl_set_image", {"image": "a:1"}),
        (other("registry", value="r/a:1", source="near_host"), "kubectl_set_image", {"image": "r/a:1"}),
        (other("args", value='["-v"]'), "kubectl_set_command", {"args": ["-v"]}),
        (other("command", value=""), "kubectl_set_command", {"command": []}),
        (other("env", name="MODE", value="b"), "kubectl_set_env", {"variable": "MODE", "value": "b"}),
        (other("env", name="MODE", value=""), "kubectl_set_env", {"variable": "MODE", "remove": True}),
        (other("port", name="livenessProbe", value="8080"), "kubectl_set_probe",
         {"probe": "livenessProbe", "port": "8080"}),
        (other("probe", STORE, name="livenessProbe", now=PROBE, value=LATER, source="revision", of="2"),
         "kubectl_set_probe", {"probe": "livenessProbe", "initial_delay_seconds": 30}),
        (other("resources", STORE, value="1", path="/x/resources/limits/cpu", source="revision", of="2"),
         "kubectl_set_resources", {"cpu_limit": "1"}),
        (other("node_selector", container="", name="disk", value="ssd", source="nodes"), "kubectl_set_node_selector",
         {"label": "disk", "value": "ssd"}),
        (other("reference", container="", value="conf", path=AT, source="near_name"), "kubectl_set_reference",
         {"path": AT, "value": "conf"}),
        (other("reference", value="conf", path=IN_CONTAINER, source="near_name"), "kubectl_set_reference",
         {"path": IN_CONTAINER, "value": "conf"}),
        (other("image", value="a:1", source="revision", of="2"), "kubectl_rollout_undo", {"to_revision": 2}),
    ],
    ids=["image", "registry", "arguments", "no command", "variable", "no variable", "port of a probe",
         "time of a probe", "limit", "node selector", "reference", "reference of a container",
         "revision of a Deployment"],
)  # fmt: skip
def test_a_field_whose_value_is_evident_is_one_write(change: Any, tool: str, arguments: dict[str, Any]) -> None:
    call = call_of(correction(change))
    assert call is not None and call.tool == tool
    of_container = change.attributes["container"] and tool not in ("kubectl_rollout_undo", "kubectl_set_reference")
    container = {"container": "cart"} if of_container else {}
    target = {"kind": change.subject.kind, "namespace": "shop", "name": "cart"}
    assert call.arguments == target | container | arguments


@pytest.mark.parametrize(
    "change",
    [
        other("image", value="a very long …", exact=False),
        other("probe", STORE, name="livenessProbe", now=PROBE, value='{"exec": {"command": ["x"]}}'),
        other("probe", STORE, name="livenessProbe", now=PROBE, value=""),
        other("resources", STORE, value="1", path="/x/resources/limits/ephemeral-storage"),
    ],
    ids=["cut", "another way to ask", "no probe", "another resource"],
)
def test_a_value_that_its_tool_cannot_write_as_it_is_stays_a_proposal(change: Any) -> None:
    assert call_of(correction(change)) is None


def test_of_several_fields_that_a_revision_had_otherwise_none_is_written_alone() -> None:
    both = [correction(other(field, STORE, value="1", source="revision", of="2")) for field in ("image", "args")]
    assert alone(both) == [] and alone(both[:1]) == both[:1]


def correction(change: Any) -> FieldCorrection:
    attributes = {name: str(value) for name, value in change.attributes.items()}
    return FieldCorrection(subject=change.subject, evidence=EvidenceId("E1"), **attributes)


def test_a_crash_for_want_of_a_variable_is_corrected_where_its_value_is_evident() -> None:
    lacks = seen("log.env_missing", pod("a"), minutes(1), "MODE is not set", variable="MODE")
    was = other("env", name="MODE", now="", value="strict", source="revision", of="1")
    [option, *_], _ = possible([*crash_looping(), asked("kubectl_logs", [lacks, was], chain(pod("a")))])
    assert (option.call.tool, option.call.arguments["to_revision"]) == ("kubectl_rollout_undo", 1)


def missing_key(key: str) -> list[Evidence]:
    facts = {"missing_kind": "ConfigMap", "missing_name": "settings", "key": key, "container": "cart"}
    waiting = seen("container.config_missing", pod("a"), minutes(2), "couldn't find key", **facts)
    return [asked("kubectl_explain_workload", [waiting], chain(pod("a")), kind="Deployment")]


def test_a_change_that_no_tool_makes_is_offered_to_its_owner_as_a_command() -> None:
    _, skipped = possible(missing_key("REGION"))
    [change] = [one for one in skipped if one.command]
    assert change.owner == "application team" and "key REGION of ConfigMap settings" in change.why
    assert change.command[2:5] == ["patch", "configmap", "settings"]
    assert change.command[-1] == '{"data":{"REGION":"VALUE"}}'


def test_a_change_whose_facts_were_not_seen_is_not_offered() -> None:
    _, skipped = possible(missing_key(""))
    [change] = [one for one in skipped if one.command]
    assert change.command[2:4] == ["create", "configmap"], "no key is missing, so the object is"
