"""Deletion with its grace, and pods that have a past which the lab did not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.behaviour import frozen
from sre_lab.scenario import ImageProfile

Labs = Callable[..., Any]


def test_a_deleted_pod_is_stopped_told_and_then_gone_with_its_logs(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(on_sigterm=0)})
    it.run()
    it.to(10)
    it.delete()
    it.to(10.3)
    assert it.events("Killing") == [("Stopping container app", 1)]
    assert it.condition("Ready")["status"] == "True"
    it.to(10.9)
    assert it.pod()["status"]["phase"] == "Succeeded"
    assert it.container()["state"]["terminated"]["reason"] == "Completed"
    assert it.condition("Ready")["reason"] == "PodCompleted"
    it.to(12)
    assert it.gone()
    assert it.world.containers.run("shop", "app-1", "app") is None


def test_a_process_that_ignores_sigterm_is_killed_at_the_end_of_the_grace(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(on_sigterm=137)})
    it.run()
    it.to(10)
    it.delete(grace=20)
    it.to(29.9)
    assert "running" in it.container()["state"]
    it.to(30.3)
    assert it.container()["state"]["terminated"]["exitCode"] == 137
    assert it.pod()["status"]["phase"] == "Failed"
    it.to(32)
    assert it.gone()


def test_a_shorter_grace_given_later_counts(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(on_sigterm=137)})
    it.run()
    it.to(10)
    it.delete(grace=300)
    it.to(20)
    it.delete(grace=2)
    it.to(25)
    assert it.gone()
    assert it.events("Killing")[0][1] == 1


def test_a_pod_that_never_started_goes_without_a_killing(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(pull="not_found")})
    it.run()
    it.to(10)
    it.delete()
    it.to(12)
    assert it.gone()
    assert it.events("Killing") == []


def test_a_crash_looping_pod_is_not_started_again_while_it_is_deleted(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(start_error="exec: no such file")})
    it.run()
    it.to(12)
    created = it.events("Created")[0][1]
    it.delete()
    it.to(60)
    assert it.gone()
    assert it.events("Created")[0][1] == created


def test_a_pod_waits_for_its_finalizers(lab: Labs) -> None:
    it = lab()
    it.run()
    it.world.objects.edit("Pod", "shop", "app-1", lambda pod: pod["metadata"].update(finalizers=["example.com/hold"]))
    it.to(10)
    it.delete()
    it.to(60)
    assert it.pod()["status"]["phase"] == "Succeeded"
    it.world.objects.edit("Pod", "shop", "app-1", lambda pod: pod["metadata"].pop("finalizers"))
    it.to(61)
    assert it.gone()


def test_a_name_used_again_starts_from_nothing(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(start_error="exec: no such file")})
    it.run()
    it.to(60)
    it.world.objects.delete("Pod", "shop", "app-1")
    it.world.images["shop/app:1"] = ImageProfile()
    it.run()
    it.to(70)
    assert it.container()["restartCount"] == 0
    assert it.condition("Ready")["status"] == "True"


def _record(it: Any, status: dict[str, Any], **container: Any) -> None:
    """A Deployment with a ReplicaSet and a pod as a recording has them: loaded with their status, and frozen."""
    spec = {"containers": [{"name": "app", "image": "shop/app:1", **container}]}
    template = {"metadata": {"labels": {"app": "app"}}, "spec": spec}
    body = {"replicas": 1, "selector": {"matchLabels": {"app": "app"}}, "template": template}
    rendered = {"name": "app", "lastState": {}, "ready": False, "restartCount": 0, "containerID": "containerd://1"}
    owners: list[dict[str, Any]] = []
    for kind, name, own in (("Deployment", "app", body), ("ReplicaSet", "app-7d", body), ("Pod", "app-1", spec)):
        meta = {"name": name, "namespace": "shop", "uid": f"{kind}-1", "labels": {"app": "app"}}
        it.world.objects.load(
            {
                "kind": kind,
                "metadata": {**meta, "ownerReferences": owners},
                "spec": {**own, "nodeName": "worker-1"} if kind == "Pod" else own,
                "status": {
                    "phase": "Running",
                    "podIP": "10.244.1.77",
                    "startTime": "2027-01-15T07:00:00Z",
                    "containerStatuses": [{**rendered, **status}],
                },
            }
        )
        owners = [{"kind": kind, "name": name, "uid": f"{kind}-1", "controller": True}]
    frozen.freeze(it.world)


def test_a_recorded_pod_stands_still_until_what_it_lacks_is_created(lab: Labs) -> None:
    it = lab()
    waiting = {"reason": "CreateContainerConfigError", "message": 'configmap "settings" not found'}
    _record(it, {"state": {"waiting": waiting}, "containerID": ""}, envFrom=[{"configMapRef": {"name": "settings"}}])
    before = it.pod()
    it.to(120)
    assert it.pod() is before
    it.create("ConfigMap", "settings", {})
    it.to(130)
    assert it.condition("Ready")["status"] == "True"
    assert it.pod()["status"]["podIP"] == "10.244.1.77"


def test_a_recorded_crash_loop_goes_on_at_its_back_off_once_it_thaws(lab: Labs) -> None:
    it = lab()
    finished = {
        "exitCode": 3,
        "reason": "Error",
        "startedAt": "2027-01-15T07:59:58Z",
        "finishedAt": "2027-01-15T07:59:59Z",
    }
    waiting = {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container=app pod=app-1"}
    _record(it, {"state": {"waiting": waiting}, "lastState": {"terminated": finished}, "restartCount": 5})
    it.to(10)
    it.world.objects.edit("Deployment", "shop", "app", lambda new: new["spec"].update(paused=True))
    it.to(150)
    assert (it.waiting()[0], it.container()["restartCount"]) == ("CrashLoopBackOff", 5)
    it.to(185)
    assert it.container()["restartCount"] == 6
    assert it.container()["lastState"]["terminated"]["exitCode"] == 3


def test_a_recorded_pod_can_be_deleted(lab: Labs) -> None:
    it = lab()
    _record(it, {"state": {"running": {"startedAt": "2027-01-15T07:00:01Z"}}, "ready": True})
    it.to(10)
    it.delete()
    it.to(12)
    assert it.gone()
    assert it.events("Killing") == [("Stopping container app", 1)]


def test_a_pod_that_was_there_before_and_runs_is_not_touched(lab: Labs) -> None:
    it = lab()
    _record(it, {"state": {"running": {"startedAt": "2027-01-15T07:00:01Z"}}, "ready": True})
    before = it.pod()
    it.world.objects.edit("Deployment", "shop", "app", lambda new: new["spec"].update(paused=True))
    it.to(600)
    assert it.pod() is before
