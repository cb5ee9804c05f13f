"""What the shipped laws say of an action, and what a broken one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.permits import Target
from sre_agent.domain.action import Action, Call
from sre_agent.errors import SettingsError
from sre_agent.policy import Law, open_law


def action(**changed: Any) -> Action:
    undo = Call(server="kubernetes", tool="kubectl_rollout_undo", arguments={"to_revision": 4})
    known = Action(
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
    )
    return known.model_copy(update=changed)


def test_the_default_law_lets_nothing_run_unattended_and_asks_a_human() -> None:
    ruling = open_law("default").ruling(action(), severity="SEV1")
    assert (ruling.verdict, ruling.policies) == ("approve", ["with-approval"])


def test_the_demo_law_undoes_a_bad_rollout_unattended_when_the_cause_is_as_good_as_certain() -> None:
    law = open_law("demo")
    assert law.ruling(action(), severity="SEV2").verdict == "allow"
    assert law.ruling(action(confidence=0.79), severity="SEV2").verdict == "approve"
    assert law.ruling(action(reversible=False), severity="SEV2").verdict == "approve"
    assert law.ruling(action(undo=None), severity="SEV2").verdict == "approve"


@pytest.mark.parametrize("name", ["default", "demo"])
@pytest.mark.parametrize("tool", ["kubectl_set_service", "kubectl_set_ingress_backend"])
def test_where_requests_are_sent_is_never_changed_unattended(name: str, tool: str) -> None:
    change = Call(server="kubernetes", tool=tool, arguments={"namespace": "shop", "name": "web"})
    ruling = open_law(name).ruling(action(call=change, undo=change, confidence=1.0), severity="SEV1")
    assert (ruling.verdict, ruling.policies) == ("approve", ["with-approval"])


@pytest.mark.parametrize("name", ["default", "demo"])
def test_nothing_is_done_in_the_systems_own_namespaces_even_with_approval(name: str) -> None:
    ruling = open_law(name).ruling(action(namespace="kube-system"), severity="SEV1", covered_by="human:ada")
    assert (ruling.verdict, ruling.policies) == ("deny", ["never-in-system-namespaces"])


def test_a_cause_that_is_hardly_believed_is_denied() -> None:
    assert open_law("default").ruling(action(confidence=0.3), severity="SEV1").verdict == "deny"


def test_an_approval_covers_the_undo_of_what_it_allowed() -> None:
    ruling = open_law("default").ruling(action(), severity="SEV1", covered_by="human:ada")
    assert (ruling.verdict, ruling.policies) == ("allow", ["undo-of-what-was-approved"])


def test_without_any_policy_everything_is_denied() -> None:
    ruling = Law("").ruling(action(), severity="SEV1")
    assert ruling.verdict == "deny" and "No policy permits" in ruling.reason


def test_a_policy_that_fails_on_an_action_denies_it() -> None:
    broken = '@id("typo")\npermit (principal, action, resource) when { context.confidense > 1 };'
    assert Law(broken).ruling(action(), severity="SEV1").verdict == "deny"


def test_a_folder_of_own_policies_is_the_law(tmp_path: Path) -> None:
    text = '@id("all-in-shop")\npermit (principal, action, resource) when { resource.namespace == "shop" };'
    (tmp_path / "own.cedar").write_text(text)
    law = open_law(str(tmp_path))
    assert law.ruling(action(), severity="SEV4").policies == ["all-in-shop"]
    assert law.ruling(action(namespace="other"), severity="SEV4").verdict == "deny"


def test_a_policy_set_that_does_not_exist_or_is_no_cedar_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="default, demo"):
        open_law("strict")
    (tmp_path / "own.cedar").write_text("permit everything please")
    with pytest.raises(SettingsError, match="not Cedar"):
        open_law(str(tmp_path))


@pytest.mark.parametrize("name", ["default", "demo"])
@pytest.mark.parametrize("confidence", [0.1, 0.5, 0.99])
def test_what_a_model_proposes_is_asked_about_however_sure_it_is(name: str, confidence: float) -> None:
    ruling = open_law(name).ruling(action(proposed=True, confidence=confidence), severity="SEV1")
    assert ruling.verdict == "approve" and "proposed-by-a-model" in ruling.policies


@pytest.mark.parametrize("name", ["default", "demo"])
def test_the_undo_of_what_a_model_proposed_and_a_human_approved_is_covered(name: str) -> None:
    ruling = open_law(name).ruling(action(proposed=True, confidence=0.5), severity="SEV1", covered_by="human:ada")
    assert (ruling.verdict, ruling.policies) == ("allow", ["undo-of-what-was-approved"])


@pytest.mark.parametrize("name", ["default", "demo"])
def test_nothing_is_done_in_the_systems_own_namespaces_on_a_models_word_either(name: str) -> None:
    ruling = open_law(name).ruling(action(proposed=True, namespace="kube-system"), severity="SEV1")
    assert ruling.verdict == "deny" and "never-in-system-namespaces" in ruling.policies


def test_a_model_that_proposes_the_cause_makes_no_other_action_of_it() -> None:
    """An approval names the call and its target; who found the cause is told in the question."""
    assert action(proposed=True).digest == action().digest
    assert action().asks == action().purpose
    assert "a chat model proposes the cause, bad rollout; it is not proven" in action(proposed=True).asks
