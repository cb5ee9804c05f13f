from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from sre_lab.kubernetes.schedule import CronScheduleError, parse
from sre_lab.scenario import ImageProfile, ProcessExit

from .shop import Obj, Shop


def cron_job(schedule: str = "* * * * *", **spec: object) -> Obj:
    pod = {"restartPolicy": "Never", "containers": [{"name": "export", "image": "export:1"}]}
    job = {"spec": {"backoffLimit": 1, "template": {"spec": pod}}}
    body = {"schedule": schedule, "jobTemplate": job, **spec}
    return {"kind": "CronJob", "metadata": {"name": "export", "namespace": "shop"}, "spec": body}


def runs(shop: Shop, *, after: float, code: int = 0) -> None:
    shop.world.images["export:1"] = ImageProfile(exits=[ProcessExit(after=after, code=code)])


def about(shop: Shop, reason: str) -> list[str]:
    results = [e for e in shop.all("Event") if e["reason"] == reason and e["involvedObject"]["kind"] == "CronJob"]
    return [e["message"] for e in sorted(results, key=lambda e: str(e["metadata"]["name"]))]


def test_a_cron_job_whose_jobs_fail_keeps_the_last_one_and_tells_each_step(shop: Shop) -> None:
    runs(shop, after=0.5, code=1)
    shop.apply(cron_job(), wait=170)
    (job,) = shop.all("Job")
    assert job["metadata"]["name"] == "export-30000002"  # minutes since the epoch
    assert job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2027-01-15T08:02:00Z"
    assert (job["status"]["failed"], job["metadata"]["generation"]) == (2, 1)
    assert about(shop, "SuccessfulCreate") == ["Created job export-30000001", "Created job export-30000002"]
    assert about(shop, "SawCompletedJob")[-1] == "Saw completed job: export-30000002, condition: Failed"
    assert about(shop, "SuccessfulDelete") == ["Deleted job export-30000001"]
    assert shop.get("CronJob", "export")["status"] == {"lastScheduleTime": "2027-01-15T08:02:00Z"}
    owners = {p["metadata"]["ownerReferences"][0]["name"] for p in shop.all("Pod")}
    assert owners == {"export-30000002"}


def test_successful_jobs_are_kept_up_to_their_limit(shop: Shop) -> None:
    runs(shop, after=1)
    shop.apply(cron_job(successfulJobsHistoryLimit=2), wait=60 * 5 - 5)
    assert [j["metadata"]["name"] for j in shop.all("Job")] == ["export-30000003", "export-30000004"]
    assert shop.get("CronJob", "export")["status"]["lastSuccessfulTime"].startswith("2027-01-15T08:04:0")


@pytest.mark.parametrize(("policy", "jobs"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_the_concurrency_policy_decides_about_a_job_that_still_runs(shop: Shop, policy: str, jobs: int) -> None:
    runs(shop, after=3600)
    shop.apply(cron_job(concurrencyPolicy=policy), wait=60 * 4 - 5)
    assert len(shop.all("Job")) == jobs
    assert len(shop.get("CronJob", "export")["status"]["active"]) == jobs
    reasons = {"Allow": [], "Forbid": about(shop, "JobAlreadyActive"), "Replace": about(shop, "SuccessfulDelete")}
    assert bool(reasons[policy]) is (policy != "Allow")


def test_a_suspended_cron_job_starts_nothing_until_it_is_resumed(shop: Shop) -> None:
    runs(shop, after=1)
    shop.apply(cron_job(suspend=True), wait=200)
    assert shop.all("Job") == []
    shop.patch("CronJob", "export", {"spec": {"suspend": False}}, wait=5)
    assert [j["metadata"]["name"] for j in shop.all("Job")] == ["export-30000003"]  # one for all that were missed


def test_a_deleted_cron_job_takes_its_jobs_and_pods_along(shop: Shop) -> None:
    runs(shop, after=3600)
    shop.apply(cron_job(), wait=90)
    shop.delete("CronJob", "export", wait=60)
    assert (shop.all("Job"), shop.all("Pod")) == ([], [])


def test_a_job_made_by_hand_from_a_cron_job_is_told(shop: Shop) -> None:
    shop.apply(cron_job("0 0 1 1 *"))
    owner = shop.get("CronJob", "export")
    reference = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "export", "uid": owner["metadata"]["uid"]}
    meta = {"name": "by-hand", "namespace": "shop", "ownerReferences": [reference | {"controller": True}]}
    runs(shop, after=3600)
    shop.apply({"kind": "Job", "metadata": meta, "spec": owner["spec"]["jobTemplate"]["spec"]}, wait=1)
    assert about(shop, "UnexpectedJob") == ["Saw a job that the controller did not create or forgot: by-hand"]


@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("*/15 9-17 * * mon-fri", "", "2027-01-15T17:50", "2027-01-18T09:00"),  # Friday evening: Monday morning
        ("0 3 * * *", "Europe/Berlin", "2027-01-15T00:00", "2027-01-15T02:00"),
        ("0 0 13 * 5", "", "2027-01-15T00:00", "2027-01-22T00:00"),  # the 13th or a Friday
        ("5,35 4 1 feb,aug *", "", "2027-02-01T04:05", "2027-02-01T04:35"),
        ("@monthly", "", "2027-01-15T00:00", "2027-02-01T00:00"),
        ("0 0 29 2 *", "", "2027-01-15T00:00", "2028-02-29T00:00"),
    ],
)
def test_a_schedule_says_when_it_is_due_next(text: str, zone: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC).timestamp()
    due = parse(text, zone).next_after(moment)
    assert due is not None
    assert datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M") == expected


def test_a_schedule_that_never_comes_has_no_next_time() -> None:
    assert parse("0 0 30 2 *").next_after(1_800_000_000) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("61 * * * *", "end of range (61) above maximum (59): 61"),
        ("x * * * *", "failed to parse int from x"),
        ("@often", "unrecognized descriptor: @often"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
    ],
)
def test_a_schedule_that_cannot_be_read_says_why(text: str, problem: str) -> None:
    with pytest.raises(CronScheduleError) as refusal:
        parse(text)
    assert problem in str(refusal.value)


def test_a_year_of_missed_minutes_is_one_job_for_the_last_of_them(shop: Shop) -> None:
    """As after a long suspension; each of the half million is not looked at."""
    runs(shop, after=3600)
    forgotten = cron_job()
    forgotten["metadata"]["creationTimestamp"] = "2026-01-15T08:00:00Z"
    began = time.process_time()
    shop.apply(forgotten, wait=30)
    assert [job["metadata"]["name"] for job in shop.all("Job")] == ["export-30000000"]
    assert about(shop, "TooManyMissedTimes") and time.process_time() - began < 5
