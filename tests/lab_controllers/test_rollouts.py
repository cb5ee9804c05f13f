from __future__ import annotations

from sre_lab.scenario import ImageProfile

from .shop import BROKEN, Shop, deployment


def test_a_new_deployment_becomes_available_and_says_so(shop: Shop) -> None:
    shop.apply(deployment("api"))
    status = shop.get("Deployment", "api")["status"]
    assert status["observedGeneration"] == 1
    assert {k: v for k, v in status.items() if k.endswith("eplicas")} == {
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
    }
    name = shop.replica_sets("api")["1"]["metadata"]["name"]
    assert shop.condition("api", "Available") == (
        "True",
        "MinimumReplicasAvailable",
        "Deployment has minimum availability.",
    )
    text = f'ReplicaSet "{name}" has successfully progressed.'
    assert shop.condition("api", "Progressing") == ("True", "NewReplicaSetAvailable", text)
    assert shop.events("ScalingReplicaSet") == [f"Scaled up replica set {name} from 0 to 3"]
    assert len(shop.events("SuccessfulCreate")) == 3


def test_pods_carry_owner_hash_token_volume_and_tolerations(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=1))
    (pod,) = shop.pods("api")
    owner = shop.replica_sets("api")["1"]["metadata"]
    assert pod["metadata"]["ownerReferences"][0]["uid"] == owner["uid"]
    assert pod["metadata"]["generateName"] == owner["name"] + "-"
    assert owner["name"] == "api-" + pod["metadata"]["labels"]["pod-template-hash"]
    assert pod["spec"]["volumes"][0]["name"].startswith("kube-api-access-")
    assert pod["spec"]["containers"][0]["volumeMounts"][0]["mountPath"].endswith("kubernetes.io/serviceaccount")
    assert {t["key"] for t in pod["spec"]["tolerations"]} == {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    }
    assert "generation" not in pod["metadata"]


def test_a_good_rollout_replaces_every_pod_and_keeps_the_old_replica_set(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=4))
    shop.set_image("api", "api:2")
    sets = shop.replica_sets("api")
    assert (sets["1"]["spec"]["replicas"], sets["2"]["spec"]["replicas"]) == (0, 4)
    assert {p["spec"]["containers"][0]["image"] for p in shop.pods("api")} == {"api:2"}
    assert shop.get("Deployment", "api")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


def test_a_rollout_never_goes_below_or_above_its_limits(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=4))
    requests: set[int] = set()
    serving: set[int] = set()

    def watch(change: object) -> None:
        requests.add(sum(rs["spec"]["replicas"] for rs in shop.all("ReplicaSet")))
        pods = [p for p in shop.pods("api") if not p["metadata"].get("deletionTimestamp")]
        conditions = [c for p in pods for c in p["status"].get("conditions", [])]
        serving.add(sum(c["type"] == "Ready" and c["status"] == "True" for c in conditions))

    shop.world.objects.subscribe(watch)
    shop.set_image("api", "api:2")
    assert max(requests) == 5  # 25 % surge of 4, rounded up
    assert min(serving) == 3  # 25 % unavailable of 4, rounded down


def test_a_bad_image_leaves_the_old_pods_serving_and_runs_into_the_deadline(shop: Shop) -> None:
    shop.world.images["api:2"] = shop.world.images.get("none", ImageProfile(pull="not_found"))
    shop.apply(deployment("api", progressDeadlineSeconds=60))
    shop.set_image("api", "api:2", wait=58)
    assert shop.condition("api", "Progressing")[1] == "ReplicaSetUpdated"
    shop.world.clock.advance(5)
    name = shop.replica_sets("api")["2"]["metadata"]["name"]
    timed_out = f'ReplicaSet "{name}" has timed out progressing.'
    assert shop.condition("api", "Progressing") == ("False", "ProgressDeadlineExceeded", timed_out)
    assert shop.condition("api", "Available")[0] == "True"
    status = shop.get("Deployment", "api")["status"]
    assert (status["replicas"], status["updatedReplicas"], status["unavailableReplicas"]) == (4, 1, 1)


def test_undo_reuses_the_old_replica_set_under_the_next_revision(shop: Shop) -> None:
    shop.world.images["api:2"] = BROKEN
    shop.apply(deployment("api", minReadySeconds=5), wait=20)
    before = shop.replica_sets("api")["1"]["metadata"]["name"]
    shop.set_image("api", "api:2", wait=30)
    shop.set_image("api", "api:1", wait=30)
    sets = shop.replica_sets("api")
    assert set(sets) == {"2", "3"}
    assert sets["3"]["metadata"]["name"] == before
    assert sets["3"]["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
    assert shop.get("Deployment", "api")["status"]["availableReplicas"] == 3


def test_a_pod_counts_as_available_only_after_min_ready_seconds(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=1, minReadySeconds=30), wait=20)
    status = shop.get("Deployment", "api")["status"]
    assert (status["readyReplicas"], status.get("availableReplicas", 0)) == (1, 0)
    shop.world.clock.advance(20)
    assert shop.get("Deployment", "api")["status"]["availableReplicas"] == 1


def test_recreate_starts_new_pods_only_after_the_last_old_one_is_gone(shop: Shop) -> None:
    shop.apply(deployment("api", strategy={"type": "Recreate"}))
    images: set[frozenset[str]] = set()
    shop.world.objects.subscribe(
        lambda _: images.add(frozenset(p["spec"]["containers"][0]["image"] for p in shop.pods("api")))
    )
    shop.set_image("api", "api:2", wait=60)
    assert frozenset({"api:1", "api:2"}) not in images
    assert {p["spec"]["containers"][0]["image"] for p in shop.pods("api")} == {"api:2"}


def test_a_paused_deployment_waits_and_resumes(shop: Shop) -> None:
    shop.apply(deployment("api"))
    shop.patch("Deployment", "api", {"spec": {"paused": True}})
    shop.set_image("api", "api:2")
    assert {p["spec"]["containers"][0]["image"] for p in shop.pods("api")} == {"api:1"}
    assert shop.condition("api", "Progressing") == ("Unknown", "DeploymentPaused", "Deployment is paused")
    shop.patch("Deployment", "api", {"spec": {"paused": False}})
    assert {p["spec"]["containers"][0]["image"] for p in shop.pods("api")} == {"api:2"}


def test_scaling_changes_the_same_replica_set(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=2))
    shop.patch("Deployment", "api", {"spec": {"replicas": 5}})
    (only,) = shop.replica_sets("api").values()
    assert only["status"]["readyReplicas"] == 5
    assert only["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] == "7"
    shop.patch("Deployment", "api", {"spec": {"replicas": 1}}, wait=60)
    assert len(shop.pods("api")) == 1


def test_scaling_in_the_middle_of_a_rollout_is_shared_out(shop: Shop) -> None:
    shop.world.images["api:2"] = ImageProfile(pull="not_found")
    shop.apply(deployment("api", replicas=4))
    shop.set_image("api", "api:2")
    shop.patch("Deployment", "api", {"spec": {"replicas": 8}})
    sets = shop.replica_sets("api")
    assert sets["1"]["spec"]["replicas"] + sets["2"]["spec"]["replicas"] == 10
    assert sets["1"]["spec"]["replicas"] >= 5


def test_history_beyond_the_limit_is_forgotten(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=1, revisionHistoryLimit=1))
    for version in (2, 3, 4):
        shop.set_image("api", f"api:{version}", wait=60)
    assert set(shop.replica_sets("api")) == {"3", "4"}


def test_a_deleted_pod_is_replaced_and_a_deleted_deployment_takes_everything_with_it(shop: Shop) -> None:
    shop.apply(deployment("api"))
    victim = shop.pods("api")[0]["metadata"]["name"]
    shop.delete("Pod", victim, wait=60)
    names = {p["metadata"]["name"] for p in shop.pods("api")}
    assert victim not in names
    assert len(names) == 3
    shop.delete("Deployment", "api", wait=60)
    assert shop.all("ReplicaSet") == []
    assert shop.pods("api") == []


def test_scaling_down_removes_the_pods_that_serve_nothing(shop: Shop) -> None:
    shop.apply(deployment("api"))
    serving = {p["metadata"]["name"] for p in shop.pods("api")}
    for node in ("worker-1", "worker-2", "worker-3"):
        shop.patch("Node", node, {"spec": {"unschedulable": True}}, wait=0)
    shop.patch("Deployment", "api", {"spec": {"replicas": 5}})
    assert len(shop.pods("api")) == 5
    shop.patch("Deployment", "api", {"spec": {"replicas": 3}})
    assert {p["metadata"]["name"] for p in shop.pods("api")} == serving


def test_a_full_quota_shows_in_events_and_conditions_and_ends_with_a_larger_one(shop: Shop) -> None:
    quota = {
        "kind": "ResourceQuota",
        "metadata": {"name": "team", "namespace": "shop"},
        "spec": {"hard": {"pods": "2"}},
    }
    shop.apply(quota, deployment("api"), wait=60)
    refused = "exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2"
    status, reason, message = shop.condition("api", "ReplicaFailure")
    assert (status, reason) == ("True", "FailedCreate")
    assert message.endswith(refused)
    events = shop.events("FailedCreate")
    assert events[0].startswith("Error creating: pods ")
    assert events[-1].startswith("(combined from similar events): Error creating: pods ")
    shop.patch("ResourceQuota", "team", {"spec": {"hard": {"pods": "5"}}}, wait=30)
    assert shop.get("Deployment", "api")["status"]["readyReplicas"] == 3
    assert not any(c["type"] == "ReplicaFailure" for c in shop.get("Deployment", "api")["status"]["conditions"])
