"""What a signal may be about, and which of it exists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.facts import Answer, Coverage, Subject
from mcp_servers.contract.refusals import Refusal
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.signal import AlarmRef, Hint, Signal
from sre_agent.entities import (
    AbsentEntity,
    AmbiguousEntity,
    EntityCandidate,
    EntityMap,
    ResolvedEntity,
    UnavailableEntity,
    names,
    settle,
)
from sre_agent.entrances.name_fields import host
from sre_agent.errors import SettingsError
from sre_agent.reports.lookups import sentence

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ACCOUNT = "123456789012/eu-central-1"


def signal(
    title: str = "something", *, alarm: str = "", labels: dict[str, str] | None = None, **dimensions: str
) -> Signal:
    reference = AlarmRef(name=alarm or "an-alarm", dimensions=dimensions) if alarm or dimensions else None
    return Signal(
        id="s-1",
        source="webhook",
        title=title,
        received_at=NOW,
        scope=ACCOUNT,
        alarm=reference,
        labels=labels or {},
        fingerprint="f",
    )


def first(one_signal: Signal, config: EntityMap | None = None) -> EntityCandidate:
    return names(one_signal, config or EntityMap())[0]


def looked_up(*matches: tuple[str, str, str, bool]) -> Evidence:
    rows: list[dict[str, Any]] = [
        {"kind": kind, "namespace": namespace, "name": name, "exact": exact, "score": 1.0 if exact else 0.7}
        for kind, namespace, name, exact in matches
    ]
    answer = Answer(text="", as_of=NOW, data={"scope": "blue", "matches": rows})
    return Evidence(
        id=EvidenceId("e"),
        incident=IncidentId("i"),
        round=0,
        agent="supervisor",
        server="kubernetes",
        tool="kubectl_find",
        arguments={},
        answer=answer,
        asked_at=NOW,
    )


@pytest.mark.parametrize(
    ("dimensions", "kind", "name"),
    [
        ({"TableName": "orders"}, "Table", "orders"),
        ({"DBInstanceIdentifier": "shop-db"}, "Database", "shop-db"),
        ({"QueueName": "jobs"}, "Queue", "jobs"),
        ({"FunctionName": "resize"}, "Function", "resize"),
        ({"LoadBalancer": "app/shop-public/50dc6c495c0c9188"}, "LoadBalancer", "shop-public"),
    ],
)
def test_aws_dimensions_name_resources_that_need_no_lookup(dimensions: dict[str, Any], kind: str, name: str) -> None:
    candidate = first(signal(**dimensions))
    assert not candidate.needs_lookup
    assert settle(candidate, None) == ResolvedEntity(Subject(scope=ACCOUNT, kind=kind, name=name))


def test_container_insights_calls_the_workload_pod_name() -> None:
    candidate = first(signal(ClusterName="blue", Namespace="shop", PodName="cart"))
    assert (candidate.namespace, candidate.name, candidate.needs_lookup) == ("shop", "cart", True)
    look = looked_up(("Deployment", "shop", "cart", True), ("Service", "shop", "cart", True))
    subject = settle(candidate, look).subject
    assert subject == Subject(scope="blue", kind="Deployment", namespace="shop", name="cart")


def test_a_service_dimension_is_looked_for_in_the_cluster() -> None:
    assert first(signal(Service="cart")).name == "cart"
    assert first(signal(Service="cart")).needs_lookup


def test_labels_rank_the_workload_before_its_pod_and_its_service() -> None:
    labels = {
        "service": "cart",
        "kube_pod": "cart-7f9dd8b6c4-x7gr9",
        "workload_type": "deployment",
        "workload_name": "cart",
        "namespace": "shop",
    }
    result = names(signal(labels=labels), EntityMap())
    assert [(c.kind, c.name) for c in result] == [("Deployment", "cart"), ("Pod", "cart-7f9dd8b6c4-x7gr9")]
    assert {c.namespace for c in result} == {"shop"}


def test_a_deployment_label_that_holds_a_pods_name_is_settled_by_what_exists() -> None:
    name = "exporter-76897854c-cw5wh"
    candidate = first(signal(labels={"deployment": name, "namespace": "shop"}))
    assert not candidate.kinds, "any kind is looked for"
    result = settle(candidate, looked_up(("Pod", "shop", name, True)))
    assert isinstance(result, ResolvedEntity) and (result.subject.kind, result.subject.name) == ("Pod", name)


def test_the_kind_that_the_signal_says_wins_where_it_exists() -> None:
    candidate = first(signal(labels={"service": "cart", "namespace": "shop"}))
    look = looked_up(("Deployment", "shop", "cart", True), ("Service", "shop", "cart", True))
    subject = settle(candidate, look).subject
    assert subject is not None and subject.kind == "Service"


def test_a_name_that_does_not_exist_is_a_gap_with_near_names() -> None:
    candidate = first(signal(labels={"deployment": "kart", "namespace": "shop"}))
    result = settle(candidate, looked_up(("Deployment", "shop", "cart", False)))
    assert isinstance(result, AbsentEntity) and result.is_claim
    assert (result.name, result.choices) == ("kart", ("Deployment/shop/cart",))
    text = (
        "There is no Deployment named kart in namespace shop (label deployment). Similar names: Deployment/shop/cart."
    )
    assert sentence(result) == text


def test_a_name_in_several_namespaces_is_not_guessed() -> None:
    candidate = first(signal(Service="cart"))
    result = settle(candidate, looked_up(("Deployment", "a", "cart", True), ("Deployment", "b", "cart", True)))
    assert isinstance(result, AmbiguousEntity) and (result.differ_in, result.choices) == ("namespace", ("a", "b"))
    assert "is in several namespaces: a, b. Name the namespace that is meant." in sentence(result)


def test_a_name_in_another_namespace_than_said_is_a_gap() -> None:
    candidate = first(signal(labels={"deployment": "cart", "namespace": "shop"}))
    result = settle(candidate, looked_up(("Deployment", "stage", "cart", True)))
    assert isinstance(result, AbsentEntity) and result.choices == ("Deployment/stage/cart",)


def test_a_pod_called_by_its_beginning_is_found() -> None:
    candidate = EntityCandidate(kind="Pod", namespace="shop", name="web-front", said_in="sentence")
    subject = settle(candidate, looked_up(("Pod", "shop", "web-front-7d9c6f5b4-ax0k0", False))).subject
    assert subject is not None and subject.name == "web-front-7d9c6f5b4-ax0k0"


def test_a_lookup_that_failed_says_nothing_of_what_exists_and_is_told_in_its_own_words() -> None:
    refusal = Refusal(kind="denied", asked="list pods", wrong="forbidden.")
    failed = looked_up().model_copy(update={"answer": None, "refusal": refusal})
    result = settle(first(signal(labels={"deployment": "cart"})), failed)
    assert result == UnavailableEntity(refusal)
    assert sentence(result) == "[denied] list pods: forbidden."


def test_the_configured_map_comes_first() -> None:
    config = EntityMap.model_validate(
        {
            "alarms": [
                {"pattern": r"prod-(?P<name>.+)-5xx", "kind": "Deployment", "namespace": "shop", "name": r"\g<name>"}
            ],
            "services": {"front": {"kind": "Deployment", "namespace": "web", "name": "storefront"}},
        }
    )
    by_alarm = first(signal(alarm="prod-cart-5xx", Service="other"), config)
    assert (by_alarm.kind, by_alarm.namespace, by_alarm.name) == ("Deployment", "shop", "cart")
    by_service = first(signal(Service="front"), config)
    assert (by_service.namespace, by_service.name) == ("web", "storefront")


def test_a_map_file_with_a_mistake_names_file_and_field(tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text("alarms:\n  - {pattern: '(', name: x}\n")
    with pytest.raises(SettingsError, match=r"map\.yaml.*alarms\.0\.pattern"):
        EntityMap.load(file)
    assert EntityMap.load(None) == EntityMap()


def test_hints_of_a_sentence_are_candidates() -> None:
    expected = signal("cart in shop is slow").model_copy(
        update={"hints": [Hint(namespace="shop", name="cart", said_in="sentence")]}
    )
    assert [(c.namespace, c.name) for c in names(expected, EntityMap())] == [("shop", "cart")]


def test_an_ordinary_word_that_nothing_is_called_is_no_gap() -> None:
    words = names(signal("drivers complain about slow tolls"), EntityMap())
    assert {word.name for word in words} == {"drivers", "complain", "tolls"}
    for word in words:
        result = settle(word, looked_up(("Deployment", "shop", "toll", False)))
        assert isinstance(result, AbsentEntity) and not result.is_claim and sentence(result) == ""
    subject = settle(words[0], looked_up(("Deployment", "shop", "drivers", True))).subject
    assert subject is not None and subject.name == "drivers"


def test_a_word_where_names_stand_is_a_gap_only_where_a_name_is_near() -> None:
    candidate = first(signal("kart in shop is slow"))
    nothing, near = settle(candidate, looked_up()), settle(candidate, looked_up(("Deployment", "shop", "cart", False)))
    assert isinstance(nothing, AbsentEntity) and not nothing.is_claim
    assert isinstance(near, AbsentEntity) and near.is_claim and near.choices == ("Deployment/shop/cart",)


def test_what_may_be_a_namespace_chooses_between_equal_names_and_is_no_condition() -> None:
    results = [("Deployment", "shop", "cart", True), ("Deployment", "stage", "cart", True)]
    text = names(signal("Leider ist cart in shop langsam"), EntityMap())
    cart = next(candidate for candidate in text if candidate.name == "cart")
    subject = settle(cart, looked_up(*results)).subject
    assert subject is not None and subject.namespace == "shop"
    subject = settle(cart, looked_up(("Deployment", "web", "cart", True))).subject
    assert subject is not None and subject.namespace == "web"


def test_a_signal_that_names_nothing_has_no_candidates() -> None:
    assert names(signal("Something is wrong"), EntityMap()) == []


def test_what_an_alarm_is_called_is_no_claim_that_a_thing_of_that_name_exists() -> None:
    own = names(signal("fleet-machines", alarm="fleet-machines"), EntityMap())
    other = names(signal("payments-api is unhealthy", alarm="fleet-machines"), EntityMap())
    assert [(one.name, one.sure) for one in own] == [("fleet-machines", "placed")]
    assert [(one.name, one.sure) for one in other] == [("payments-api", "named")]


def test_a_lookup_that_could_not_read_everything_settles_nothing() -> None:
    candidate = first(signal(labels={"service": "cart", "namespace": "shop"}))
    gap = Coverage(looked_at="services of namespace shop", state="denied", detail="list services is not allowed.")
    look = looked_up(("Deployment", "shop", "other", False))
    assert look.answer is not None
    blind = look.model_copy(update={"answer": look.answer.model_copy(update={"coverage": [gap]})})
    assert isinstance(settle(candidate, look), AbsentEntity)
    assert isinstance(settle(candidate, blind), UnavailableEntity)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("PVC data-cart is stuck in Pending", "PersistentVolumeClaim", "data-cart"),
        ("hpa cart-hpa cannot scale", "HorizontalPodAutoscaler", "cart-hpa"),
        ("node ip-10-0-1-7 is not ready", "Node", "ip-10-0-1-7"),
        ("ResourceQuota cart-quota is used up", "ResourceQuota", "cart-quota"),
    ],
)
def test_a_sentence_may_name_things_of_any_kind(text: str, kind: str, name: str) -> None:
    result = first(signal(title=text))
    assert (result.kind, result.name, result.kinds) == (kind, name, [kind])


def test_a_url_names_its_host() -> None:
    assert host("https://www.shop.test/health?x=1") == "www.shop.test"
    assert host("http://cart.shop.svc.cluster.local:8080/healthz") == "cart.shop.svc.cluster.local"
    assert host("http://10.0.0.7:9100/metrics") == ""
