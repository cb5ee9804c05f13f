"""What takes its time on a pod's way out, what ends it too late, and containers that join it for a look around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.objects.store import Obj
from sre_lab.scenario import ImageProfile

Labs = Callable[..., Any]
SLEEPS = {"preStop": {"exec": {"command": ["sh", "-c", "sleep 8"]}}}


def add_debugger(it: Any, name: str = "look") -> None:
    def change(pod: Obj) -> None:
        pod["spec"] = {**pod["spec"], "ephemeralContainers": [{"name": name, "image": "busybox:1"}]}

    it.world.objects.edit("Pod", "shop", "app-1", change)


def test_a_pre_stop_hook_delays_the_end(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(last_words=["bye"])})
    it.run(lifecycle=SLEEPS)
    it.to(10)
    it.delete()
    it.to(18)
    assert "running" in it.container()["state"]
    assert it.events("Killing") == [("Stopping container app", 1)]
    it.to(18.7)
    assert it.container()["state"]["terminated"]["exitCode"] == 0
    assert it.lines()[-1][1] == "bye"


def test_a_hook_that_outlasts_the_grace_leaves_two_seconds(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(on_sigterm=137)})
    it.run(lifecycle={"preStop": {"sleep": {"seconds": 60}}})
    it.to(10)
    it.delete(grace=5)
    it.to(16.9)
    assert "running" in it.container()["state"]
    it.to(17.3)
    assert it.container()["state"]["terminated"]["exitCode"] == 137


def test_sidecars_end_after_the_containers_that_they_serve(lab: Labs) -> None:
    it = lab({})
    it.run(pod={"initContainers": [{"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}]}, lifecycle=SLEEPS)
    it.to(20)
    it.delete()
    it.to(31)
    last = it.history[-1][1]["status"]
    ends = {
        one["name"]: one["state"]["terminated"]["finishedAt"]
        for one in [*last["initContainerStatuses"], *last["containerStatuses"]]
    }
    assert ends["proxy"] > ends["app"]


def test_a_pod_that_is_active_for_too_long_fails_and_stays(lab: Labs) -> None:
    it = lab({})
    it.run(pod={"activeDeadlineSeconds": 30})
    it.to(29)
    assert it.pod()["status"]["phase"] == "Running"
    it.to(40)
    status = it.pod()["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert status["message"] == "Pod was active on the node longer than the specified deadline"
    assert it.container()["state"]["terminated"]["reason"] == "Completed"
    assert it.events("DeadlineExceeded") == [(status["message"], 1)]


def test_an_ephemeral_container_is_started_beside_the_others(lab: Labs) -> None:
    it = lab({})
    it.run()
    it.to(10)
    add_debugger(it)
    it.to(20)
    (rendered,) = it.pod()["status"]["ephemeralContainerStatuses"]
    assert "running" in rendered["state"]
    assert rendered["ready"] is False
    assert it.condition("Ready")["status"] == "True"
    assert ("Started container look", 1) in it.events("Started")


def test_an_ephemeral_container_that_has_ended_is_not_started_again(lab: Labs) -> None:
    it = lab({"busybox:1": ImageProfile.model_validate({"exits": [{"after": "2s", "code": 1}]})})
    it.run()
    it.to(10)
    add_debugger(it)
    it.to(60)
    (rendered,) = it.pod()["status"]["ephemeralContainerStatuses"]
    assert rendered["state"]["terminated"]["exitCode"] == 1
    assert (rendered["restartCount"], it.pod()["status"]["phase"]) == (0, "Running")
