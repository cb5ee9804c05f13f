"""What a Job promises beside running to its end: suspension, clean-up, failure policies, indexes."""

from __future__ import annotations

from typing import Any

from sre_lab.scenario import ImageProfile, ProcessExit

from .shop import Obj, Shop

WELL = ImageProfile(exits=[ProcessExit(after=5, code=0)])
ENDS_42 = ImageProfile(exits=[ProcessExit(after=2, code=42)])


def job(name: str, image: str, **spec: Any) -> Obj:
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}
    body = {"template": {"metadata": {"labels": {"app": name}}, "spec": pod}, **spec}
    return {"kind": "Job", "metadata": {"name": name, "namespace": "shop"}, "spec": body}


def conditions(shop: Shop, name: str) -> list[tuple[str, str, str]]:
    return [(c["type"], c["status"], c["reason"]) for c in shop.get("Job", name)["status"].get("conditions") or []]


def test_a_suspended_job_has_no_pods_until_it_is_resumed(shop: Shop) -> None:
    shop.world.images["export:1"] = WELL
    shop.apply(job("export", "export:1", suspend=True))
    assert shop.pods("export") == []
    assert conditions(shop, "export") == [("Suspended", "True", "JobSuspended")]
    assert "startTime" not in shop.get("Job", "export")["status"]
    shop.patch("Job", "export", {"spec": {"suspend": False}}, wait=20)
    assert conditions(shop, "export")[0] == ("Suspended", "False", "JobResumed")
    assert conditions(shop, "export")[-1][0] == "Complete"
    assert (shop.events("Suspended"), shop.events("Resumed")) == (["Job suspended"], ["Job resumed"])


def test_suspending_a_job_removes_the_pods_that_run(shop: Shop) -> None:
    shop.apply(job("export", "export:1", completions=2, parallelism=2))
    assert shop.get("Job", "export")["status"]["active"] == 2
    shop.patch("Job", "export", {"spec": {"suspend": True}}, wait=40)
    assert shop.pods("export") == []
    assert len(shop.events("SuccessfulDelete")) == 2
    assert "active" not in shop.get("Job", "export")["status"]


def test_a_finished_job_goes_with_its_pods_when_its_time_to_live_is_over(shop: Shop) -> None:
    shop.world.images["export:1"] = WELL
    shop.apply(job("export", "export:1", ttlSecondsAfterFinished=60), wait=30)
    assert conditions(shop, "export")[-1][0] == "Complete"
    shop.world.clock.advance(45)
    assert (shop.all("Job"), shop.pods("export")) == ([], [])


def test_an_exit_code_that_the_failure_policy_names_ends_the_job_at_once(shop: Shop) -> None:
    shop.world.images["export:1"] = ENDS_42
    exits = {"containerName": "main", "operator": "In", "values": [42]}
    shop.apply(job("export", "export:1", podFailurePolicy={"rules": [{"action": "FailJob", "onExitCodes": exits}]}))
    (pod,) = shop.pods("export")
    what = f"Container main for pod shop/{pod['metadata']['name']} failed with exit code 42"
    assert shop.events("PodFailurePolicy") == [f"{what} matching FailJob rule at index 0"]
    assert conditions(shop, "export") == [
        ("FailureTarget", "True", "PodFailurePolicy"),
        ("Failed", "True", "PodFailurePolicy"),
    ]


def test_failures_that_the_policy_ignores_do_not_use_up_the_retries(shop: Shop) -> None:
    shop.world.images["export:1"] = ENDS_42
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}}
    shop.apply(job("export", "export:1", backoffLimit=0, podFailurePolicy={"rules": [rule]}), wait=30)
    assert conditions(shop, "export") == []
    assert shop.get("Job", "export")["status"]["failed"] >= 2


def test_the_pods_of_an_indexed_job_know_their_index(shop: Shop) -> None:
    shop.world.images["export:1"] = WELL
    shop.apply(job("export", "export:1", completions=3, parallelism=2, completionMode="Indexed"), wait=30)
    index = "batch.kubernetes.io/job-completion-index"
    pods = shop.pods("export")
    assert [p["metadata"]["annotations"][index] for p in pods] == ["0", "1", "2"]
    assert [p["metadata"]["name"].rsplit("-", 1)[0] for p in pods] == ["export-0", "export-1", "export-2"]
    assert [p["spec"]["containers"][0]["env"][0]["name"] for p in pods] == ["JOB_COMPLETION_INDEX"] * 3
    assert shop.get("Job", "export")["status"]["completedIndexes"] == "0-2"


def test_a_work_queue_is_done_when_one_pod_has_succeeded_and_the_others_have_ended(shop: Shop) -> None:
    shop.world.images["export:1"] = WELL
    shop.apply(job("export", "export:1", parallelism=3), wait=30)
    status = shop.get("Job", "export")["status"]
    assert (len(shop.pods("export")), status["succeeded"]) == (3, 3)
    assert conditions(shop, "export")[-1][0] == "Complete"


def test_a_job_that_is_too_late_has_failed_only_when_its_pods_are_gone(shop: Shop) -> None:
    shop.world.images["export:1"] = ImageProfile(on_sigterm=137)
    shop.apply(job("export", "export:1", activeDeadlineSeconds=20), wait=25)
    assert conditions(shop, "export") == [("FailureTarget", "True", "DeadlineExceeded")]
    shop.world.clock.advance(40)
    assert conditions(shop, "export")[-1] == ("Failed", "True", "DeadlineExceeded")
    assert shop.get("Job", "export")["status"]["failed"] == 1
    assert shop.events("DeadlineExceeded") == ["Job was active longer than specified deadline"]
