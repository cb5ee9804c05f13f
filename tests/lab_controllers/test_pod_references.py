"""A pod that names an account or a class that is not there never comes to be, until it is there."""

from __future__ import annotations

from typing import Any

import pytest

from sre_lab.kubernetes.admission import AdmissionError, admit
from sre_lab.kubernetes.defaults import with_defaults
from tests.lab_controllers.shop import Shop, deployment

Obj = dict[str, Any]


def admit_pod(shop: Shop, namespace: str = "shop", **spec: Any) -> Obj:
    """A pod named `one` as admission leaves it."""
    spec = {"containers": [{"name": "one", "image": "one:1"}], **spec}
    pod = with_defaults({"kind": "Pod", "metadata": {"name": "one", "namespace": namespace}, "spec": spec})
    admit(shop.world, pod)
    return pod


def refusal(shop: Shop, **spec: Any) -> str:
    with pytest.raises(AdmissionError) as refused:
        admit_pod(shop, **spec)
    assert refused.value.code == 403
    return str(refused.value).removeprefix('pods "one" is forbidden: ')


def priority_class(name: str, value: int, **more: Any) -> Obj:
    return {"kind": "PriorityClass", "metadata": {"name": name}, "value": value, **more}


def test_what_is_not_there_is_named_in_the_refusal(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=0))
    missing = 'error looking up service account shop/ghost: serviceaccount "ghost" not found'
    assert refusal(shop, serviceAccountName="ghost") == missing
    assert refusal(shop, priorityClassName="ghost") == "no PriorityClass with name ghost was found"
    assert refusal(shop, runtimeClassName="ghost") == 'pod rejected: RuntimeClass "ghost" not found'


def test_a_workload_waits_for_the_account_that_it_names(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=1, pod={"serviceAccountName": "ghost"}))
    (name,) = [rs["metadata"]["name"] for rs in shop.all("ReplicaSet")]
    text = f'pods "{name}-" is forbidden: error looking up service account shop/ghost: serviceaccount "ghost" not found'
    assert shop.pods("web") == []
    assert shop.events("FailedCreate")[0] == f"Error creating: {text}"
    assert shop.condition("web", "ReplicaFailure") == ("True", "FailedCreate", text)
    shop.apply({"kind": "ServiceAccount", "metadata": {"name": "ghost", "namespace": "shop"}}, wait=60)
    assert len(shop.pods("web")) == 1


def test_a_new_namespace_has_its_account_at_once_and_gets_it_back(shop: Shop) -> None:
    shop.apply({"kind": "Namespace", "metadata": {"name": "team"}}, wait=0)
    assert admit_pod(shop, "team")["spec"]["serviceAccountName"] == "default"
    shop.world.objects.delete("ServiceAccount", "team", "default")
    shop.world.clock.advance(1)
    assert shop.world.objects.get("ServiceAccount", "team", "default") is not None


def test_the_account_gives_its_pull_secrets_and_may_keep_its_token(shop: Shop) -> None:
    meta = {"name": "robot", "namespace": "shop"}
    secrets = [{"name": "registry"}]
    account = {"kind": "ServiceAccount", "metadata": meta, "imagePullSecrets": secrets}
    shop.apply(account | {"automountServiceAccountToken": False})
    spec = admit_pod(shop, serviceAccountName="robot")["spec"]
    assert spec["imagePullSecrets"] == secrets and not spec.get("volumes")
    own = admit_pod(
        shop, serviceAccountName="robot", imagePullSecrets=[{"name": "own"}], automountServiceAccountToken=True
    )
    assert own["spec"]["imagePullSecrets"] == [{"name": "own"}]
    assert own["spec"]["volumes"][0]["name"].startswith("kube-api-access-")


def test_a_class_gives_its_priority_and_the_pod_may_not_name_another(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=0), priority_class("high", 1000), priority_class("usual", 10))
    assert admit_pod(shop, priorityClassName="high")["spec"]["priority"] == 1000
    assert admit_pod(shop, priorityClassName="system-node-critical")["spec"]["priority"] == 2_000_001_000
    assert refusal(shop, priorityClassName="high", priority=5) == (
        "the integer value of priority (5) must not be provided in pod spec; "
        "priority admission controller computed 1000 from the given PriorityClass name"
    )
    assert "priorityClassName" not in admit_pod(shop)["spec"]
    shop.apply(priority_class("usual", 10, globalDefault=True))
    usual = admit_pod(shop)["spec"]
    assert (usual["priorityClassName"], usual["priority"]) == ("usual", 10)


def test_a_runtime_class_adds_its_overhead_and_its_nodes(shop: Shop) -> None:
    runtime = {"kind": "RuntimeClass", "metadata": {"name": "sandbox"}, "handler": "sandbox"}
    toleration = {"key": "sandbox", "operator": "Exists"}
    scheduling = {"nodeSelector": {"sandbox": "yes"}, "tolerations": [toleration]}
    shop.apply(deployment("web", replicas=0))
    shop.apply(runtime | {"overhead": {"podFixed": {"memory": "64Mi"}}, "scheduling": scheduling})
    spec = admit_pod(shop, runtimeClassName="sandbox", nodeSelector={"disk": "fast"})["spec"]
    assert spec["overhead"] == {"memory": "64Mi"}
    assert spec["nodeSelector"] == {"disk": "fast", "sandbox": "yes"} and toleration in spec["tolerations"]
