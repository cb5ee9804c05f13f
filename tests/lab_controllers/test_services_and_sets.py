from __future__ import annotations

from sre_lab.scenario import ImageProfile, ProbeProfile, ProcessExit

from .shop import Obj, Shop, deployment, service


def addresses(shop: Shop, name: str, part: str = "addresses") -> list[str]:
    subsets = shop.get("Endpoints", name).get("subsets") or [{}]
    return [a["targetRef"]["name"] for a in subsets[0].get(part) or []]


def workload(kind: str, name: str, **spec: object) -> Obj:
    template = deployment(name)["spec"]["template"]
    body = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": body}


def test_a_service_reaches_the_ready_pods_by_their_named_port(shop: Shop) -> None:
    shop.apply(service("api"), deployment("api"))
    assert sorted(addresses(shop, "api")) == [p["metadata"]["name"] for p in shop.pods("api")]
    assert shop.get("Endpoints", "api")["subsets"][0]["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    (piece,) = shop.all("EndpointSlice")
    assert [e["conditions"]["ready"] for e in piece["endpoints"]] == [True, True, True]
    assert piece["metadata"]["labels"]["kubernetes.io/service-name"] == "api"


def test_a_pod_that_stops_being_ready_leaves_the_service(shop: Shop) -> None:
    shop.world.images["api:1"] = ImageProfile(
        probes={"/ok": [ProbeProfile(status=200), ProbeProfile(at=60, status=503)]}
    )
    api = deployment("api", replicas=1)
    probe = {"httpGet": {"path": "/ok", "port": 8080}, "periodSeconds": 5}
    api["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe
    shop.apply(service("api"), api, wait=30)
    assert len(addresses(shop, "api")) == 1
    shop.world.clock.advance(60)
    assert addresses(shop, "api") == []
    assert len(addresses(shop, "api", "notReadyAddresses")) == 1


def test_a_service_whose_selector_matches_nothing_has_no_subsets(shop: Shop) -> None:
    missing = service("api")
    missing["spec"]["selector"] = {"app": "apl"}
    shop.apply(missing, deployment("api"))
    assert "subsets" not in shop.get("Endpoints", "api")
    shop.delete("Service", "api")
    assert shop.all("Endpoints") == []
    assert shop.all("EndpointSlice") == []


def test_a_stateful_set_counts_up_and_replaces_from_the_top(shop: Shop) -> None:
    shop.apply(workload("StatefulSet", "db", replicas=3, serviceName="db"), wait=30)
    assert [p["metadata"]["name"] for p in shop.pods("db")] == ["db-0", "db-1", "db-2"]
    assert shop.events("SuccessfulCreate")[0] == "create Pod db-0 in StatefulSet db successful"
    missing: list[str] = []
    shop.world.objects.subscribe(
        lambda c: (
            missing.append(c.object["metadata"]["name"]) if c.type == "DELETED" and c.object["kind"] == "Pod" else None
        )
    )
    change = {"spec": {"template": {"spec": {"containers": [{"name": "db", "image": "db:2"}]}}}}
    shop.patch("StatefulSet", "db", change, wait=120)
    assert missing == ["db-2", "db-1", "db-0"]
    status = shop.get("StatefulSet", "db")["status"]
    assert status["updatedReplicas"] == status["readyReplicas"] == 3
    assert status["currentRevision"] == status["updateRevision"]


def test_a_daemon_set_has_one_pod_on_every_node_that_takes_it(shop: Shop) -> None:
    shop.apply(workload("DaemonSet", "agent"))
    assert sorted(p["spec"]["nodeName"] for p in shop.pods("agent")) == ["worker-1", "worker-2", "worker-3"]
    status = shop.get("DaemonSet", "agent")["status"]
    assert (status["desiredNumberScheduled"], status["numberReady"]) == (3, 3)


def test_a_job_that_fails_too_often_is_given_up(shop: Shop) -> None:
    shop.world.images["job:1"] = ImageProfile(exits=[ProcessExit(after=1, code=1)])
    pod = {"containers": [{"name": "job", "image": "job:1"}], "restartPolicy": "Never"}
    spec = {"template": {"spec": pod}, "backoffLimit": 2}
    shop.apply({"kind": "Job", "metadata": {"name": "job", "namespace": "shop"}, "spec": spec}, wait=120)
    status = shop.get("Job", "job")["status"]
    assert status["failed"] == 3
    assert [(c["type"], c["reason"]) for c in status["conditions"]] == [
        ("FailureTarget", "BackoffLimitExceeded"),
        ("Failed", "BackoffLimitExceeded"),
    ]


def test_a_job_completes(shop: Shop) -> None:
    shop.world.images["job:1"] = ImageProfile(exits=[ProcessExit(after=3, code=0)])
    pod = {"containers": [{"name": "job", "image": "job:1"}], "restartPolicy": "Never"}
    spec = {"template": {"spec": pod}, "completions": 2}
    shop.apply({"kind": "Job", "metadata": {"name": "job", "namespace": "shop"}, "spec": spec}, wait=60)
    status = shop.get("Job", "job")["status"]
    assert status["succeeded"] == 2
    assert status["conditions"][-1]["type"] == "Complete"
    assert shop.events("Completed") == ["Job completed"]


def test_a_new_namespace_gets_a_service_account_and_the_root_certificate(shop: Shop) -> None:
    shop.apply({"kind": "Namespace", "metadata": {"name": "team"}})
    assert shop.world.objects.get("ServiceAccount", "team", "default") is not None
    assert shop.world.objects.get("ConfigMap", "team", "kube-root-ca.crt") is not None
