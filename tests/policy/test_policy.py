"""What the shipped laws say of an action, and what a broken one says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth
from mcp_servers.contract.permits import Target
from sre_agent.domain.action import Action, Call
from sre_agent.domain.percent import whole_percent
from sre_agent.errors import SettingsError
from sre_agent.policy import Policy, open_policy
from sre_agent.policy.facts import Circumstances
from sre_agent.reports.verdict import percent


def action(**changed: Any) -> Action:
    undo = Call(server="kubernetes", tool="kubectl_rollout_undo", arguments={"to_revision": 4})
    defaults = Action(
        remedy="undo_rollout",
        failure_class="bad_rollout",
        purpose="Return Deployment/shop/web to revision 3",
        call=Call(server="kubernetes", tool="kubectl_rollout_undo", arguments={"to_revision": 3}),
        scope="prod",
        subject="Deployment/shop/web",
        namespace="shop",
        target=Target(subject="Deployment/shop/web", uid="u", version="7"),
        reversible=True,
        undo=undo,
        confidence=0.93,
        template_ran=True,
        template_ran_at=datetime(2026, 3, 1, tzinfo=UTC),
        template_ran_seconds_ago=600,
    )
    return defaults.model_copy(update=changed)


def test_the_default_law_lets_nothing_run_unattended_and_asks_a_human() -> None:
    policy_decision = open_policy("default").decide(action(), severity="SEV1")
    assert (policy_decision.verdict, policy_decision.policies) == ("approve", ["with-approval"])


def test_the_demo_law_undoes_a_bad_rollout_unattended_when_the_cause_is_as_good_as_certain() -> None:
    policy = open_policy("demo")
    assert policy.decide(action(), severity="SEV2").verdict == "allow"
    assert policy.decide(action(confidence=0.79), severity="SEV2").verdict == "approve"
    assert policy.decide(action(reversible=False), severity="SEV2").verdict == "approve"
    assert policy.decide(action(undo=None), severity="SEV2").verdict == "approve"


@pytest.mark.parametrize("name", ["default", "demo"])
@pytest.mark.parametrize("tool", ["kubectl_set_service", "kubectl_set_ingress_backend"])
def test_where_requests_are_sent_is_never_changed_unattended(name: str, tool: str) -> None:
    change = Call(server="kubernetes", tool=tool, arguments={"namespace": "shop", "name": "web"})
    policy_decision = open_policy(name).decide(action(call=change, undo=change, confidence=1.0), severity="SEV1")
    assert (policy_decision.verdict, policy_decision.policies) == ("approve", ["with-approval"])


@pytest.mark.parametrize("name", ["default", "demo"])
def test_nothing_is_done_in_the_systems_own_namespaces_even_with_approval(name: str) -> None:
    policy_decision = open_policy(name).decide(action(namespace="kube-system"), severity="SEV1", covered_by="human:ada")
    assert (policy_decision.verdict, policy_decision.policies) == ("deny", ["never-in-system-namespaces"])


def test_a_cause_that_is_hardly_believed_is_denied() -> None:
    assert open_policy("default").decide(action(confidence=0.3), severity="SEV1").verdict == "deny"


def test_an_approval_covers_the_undo_of_what_it_allowed() -> None:
    policy_decision = open_policy("default").decide(action(), severity="SEV1", covered_by="human:ada")
    assert (policy_decision.verdict, policy_decision.policies) == ("allow", ["undo-of-what-was-approved"])


def test_without_any_policy_everything_is_denied() -> None:
    policy_decision = Policy("").decide(action(), severity="SEV1")
    assert policy_decision.verdict == "deny" and "No policy permits" in policy_decision.reason


def test_a_policy_that_fails_on_an_action_denies_it() -> None:
    """The schema knows the types of values, not how large they become."""
    overflow = f'@id("overflow")\npermit (principal, action, resource) when {{ context.confidence * {2**62} > 1 }};'
    decision = Policy(overflow).decide(action(), severity="SEV1")
    assert decision.verdict == "deny" and "overflow" in decision.reason


def test_a_folder_of_own_policies_is_the_law(tmp_path: Path) -> None:
    text = '@id("all-in-shop")\npermit (principal, action, resource) when { resource.namespace == "shop" };'
    (tmp_path / "own.cedar").write_text(text)
    policy = open_policy(str(tmp_path))
    assert policy.decide(action(), severity="SEV4").policies == ["all-in-shop"]
    assert policy.decide(action(namespace="other"), severity="SEV4").verdict == "deny"


def test_a_policy_set_that_does_not_exist_or_is_no_cedar_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="default, demo"):
        open_policy("strict")
    (tmp_path / "own.cedar").write_text("permit everything please")
    with pytest.raises(SettingsError, match="not Cedar"):
        open_policy(str(tmp_path))


@pytest.mark.parametrize("name", ["default", "demo"])
@pytest.mark.parametrize("confidence", [0.1, 0.5, 0.99])
def test_what_a_model_proposes_is_asked_about_however_sure_it_is(name: str, confidence: float) -> None:
    policy_decision = open_policy(name).decide(action(proposed=True, confidence=confidence), severity="SEV1")
    assert policy_decision.verdict == "approve" and "proposed-by-a-model" in policy_decision.policies


@pytest.mark.parametrize("name", ["default", "demo"])
def test_the_undo_of_what_a_model_proposed_and_a_human_approved_is_covered(name: str) -> None:
    policy_decision = open_policy(name).decide(
        action(proposed=True, confidence=0.5), severity="SEV1", covered_by="human:ada"
    )
    assert (policy_decision.verdict, policy_decision.policies) == ("allow", ["undo-of-what-was-approved"])


@pytest.mark.parametrize("name", ["default", "demo"])
def test_nothing_is_done_in_the_systems_own_namespaces_on_a_models_word_either(name: str) -> None:
    policy_decision = open_policy(name).decide(action(proposed=True, namespace="kube-system"), severity="SEV1")
    assert policy_decision.verdict == "deny" and "never-in-system-namespaces" in policy_decision.policies


def test_a_model_that_proposes_the_cause_makes_no_other_action_of_it() -> None:
    """An approval names the call and its target; who found the cause is told in the question."""
    assert action(proposed=True).digest == action().digest
    assert action().asks == action().purpose
    assert "a chat model proposes the cause, bad rollout; it is not proven" in action(proposed=True).asks


@pytest.mark.parametrize("confidence", [0.795, 0.7999, 0.79999999])
def test_a_confidence_is_never_rounded_up_to_what_a_policy_asks_for(confidence: float) -> None:
    """Nor is it shown as more than it is: people and policies see the same number."""
    assert open_policy("demo").decide(action(confidence=confidence), severity="SEV2").verdict == "approve"
    assert percent(confidence) == "79 %"


def test_every_whole_per_cent_is_reached_by_its_own_fraction() -> None:
    for number in range(101):
        assert whole_percent(number / 100) == number
        asks = f'@id("x")\npermit (principal, action, resource) when {{ context.confidence >= {number} }};'
        assert Policy(asks).decide(action(confidence=number / 100), severity="SEV2").verdict == "allow"


@pytest.mark.parametrize("confidence", [math.nan, math.inf, -math.inf, -0.1, 1.5, 1e300])
@pytest.mark.parametrize("name", ["default", "demo"])
def test_what_is_no_confidence_is_a_deny_also_where_an_approval_covers_it(name: str, confidence: float) -> None:
    for approver in ("", "human:ada"):
        policy_decision = open_policy(name).decide(action(confidence=confidence), severity="SEV2", covered_by=approver)
        assert (policy_decision.verdict, policy_decision.policies) == ("deny", [])
        assert "confidence" in policy_decision.reason


@pytest.mark.parametrize("changed", [{"template_ran_seconds_ago": math.nan}, {"template_ran_seconds_ago": 2**70}])
def test_a_number_that_cedar_cannot_hold_is_a_deny(changed: dict[str, Any]) -> None:
    everything = Policy('@id("all")\npermit (principal, action, resource);')
    assert everything.decide(action(), severity="SEV2").verdict == "allow"
    assert everything.decide(action(**changed), severity="SEV2").verdict == "deny"


def test_a_template_that_is_not_proved_to_have_run_is_not_returned_to_unattended() -> None:
    policy_decision = open_policy("demo").decide(action(template_ran=False), severity="SEV2")
    assert (policy_decision.verdict, policy_decision.policies) == ("approve", ["with-approval"])


def test_a_policy_may_ask_how_long_ago_the_template_ran() -> None:
    recent = '@id("recent")\npermit (principal, action, resource) when { context.template_ran && %s };'
    for asks in ("context.template_ran_seconds_ago < 900", "context.template_ran_at > 1700000000"):
        policy = Policy(recent % asks)
        assert policy.decide(action(), severity="SEV2").policies == ["recent"]
        old = action(template_ran_at=datetime(2020, 1, 1, tzinfo=UTC), template_ran_seconds_ago=90_000)
        assert policy.decide(old, severity="SEV2").verdict == "deny"


AT = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
FACTS = {
    "context.replicas <= 3 && context.ready_share < 50 && context.nodes == 2 && context.callers == 0": True,
    "context.replicas < 3": False,
    'context.hour >= 22 && context.weekday == "wednesday"': True,
    'context.requester == "cloudwatch" && context.attempts == 1': True,
    "context.seconds_since_last_write >= 600": True,
    "context.seconds_since_last_write > 600": False,
    'resource.namespace_labels_known && resource.namespace_labels.contains("tier=low")': True,
    "context.computed": False,
}


@pytest.mark.parametrize("asks", FACTS)
def test_a_policy_may_ask_how_far_a_write_reaches_when_it_is_and_what_was_written_before(asks: str) -> None:
    about = action(
        figures=BlastRadiusFigures(replicas=3, ready_share=34, nodes=2, callers=0),
        namespace_health=NamespaceHealth(labels={"tier": "low"}, workloads=4, failing=1),
    )
    circumstances = Circumstances(AT, "cloudwatch", 1, AT - timedelta(minutes=10))
    policy = Policy(f'@id("asks") permit (principal, action, resource) when {{ {asks} }};')
    decision = policy.decide(about, severity="SEV2", circumstances=circumstances)
    assert (decision.verdict == "allow") == FACTS[asks]


def test_what_nobody_counted_is_more_than_any_limit() -> None:
    for asks in ("replicas <= 1000000", "nodes <= 1000000", "callers <= 1000000", "ready_share < 100"):
        policy = Policy(f'@id("few") permit (principal, action, resource) when {{ context.{asks} }};')
        assert policy.decide(action(), severity="SEV2").verdict == "deny"


def test_policies_are_named_by_the_ids_that_cedar_reads_wherever_these_stand() -> None:
    text = """// @id("a comment")
permit (principal, action == Action::"run_with_approval", resource) when { context.tool == "@id(\\"no\\")" };
@note("first") @id("the one")
permit (principal, action == Action::"run_unattended", resource);"""
    policy = Policy(text.replace("permit", '@id("never") permit', 1))
    assert policy.decide(action(), severity="SEV2").policies == ["the one"]


ANY = "(principal, action, resource);"
NAMED = f'@id("x") permit {ANY}'
FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "no id": ({"a.cedar": f"permit {ANY}"}, r"a\.cedar: policy number 1 \(permit\) has no id.*Write @id"),
    "an empty id": ({"a.cedar": f'@id("") permit {ANY}'}, "has no id"),
    "an id without a value": ({"a.cedar": f"@id permit {ANY}"}, "has no id"),
    "an id in a comment": ({"a.cedar": f'{NAMED} // @id("y")\nforbid {ANY}'}, r"a\.cedar: policy number 2 \(forbid\)"),
    "an id that another has": ({"a.cedar": NAMED, "b.cedar": NAMED}, r'b\.cedar: .*@id\("x"\).*a\.cedar.*each its own'),
    "an id twice in one file": ({"a.cedar": f"{NAMED}\n{NAMED}"}, r"a\.cedar: there are two policies"),
    "a slot": ({"a.cedar": NAMED.replace("principal,", "principal == ?principal,")}, r"a\.cedar: .*slot"),
    "a fact that there is not": (
        {"a.cedar": NAMED, "b.cedar": '@id("y") permit (principal, action, resource) when { context.confidense > 1 };'},
        r'b\.cedar: policy @id\("y"\) does not fit the schema: attribute `confidense`.*schema\.cedarschema',
    ),
    "an action that there is not": (
        {"a.cedar": '@id("y") permit (principal, action == Action::"run", resource);'},
        r'@id\("y"\) does not fit the schema: unrecognized action',
    ),
    "another type": (
        {"a.cedar": '@id("y") permit (principal, action, resource) when { context.replicas == "3" };'},
        r'@id\("y"\) does not fit the schema',
    ),
    "another language": ({"a.cedar": NAMED, "b.cedar": "permit everything"}, r"b\.cedar is not Cedar"),
}


@pytest.mark.parametrize(("texts", "says"), FAULTS.values(), ids=FAULTS)
def test_a_policy_without_an_id_of_its_own_is_refused_at_load_with_the_file(
    tmp_path: Path, texts: dict[str, str], says: str
) -> None:
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=says):
        open_policy(str(tmp_path))
