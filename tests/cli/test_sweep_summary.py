"""`sre-agent sweep --summary`: what the chat model picks stands first, and its own words apart, as not verified."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from mcp_servers.contract.facts import Subject
from sre_agent.domain.sweep import Sweep, SweepSummary, Trouble
from sre_agent.language.grounding import REASONS, Fault
from sre_agent.language.narrative import Narrative, NarrativeItem
from sre_agent.reports.summary import ground_summary, statements
from sre_lab.process import LabProcess
from tests.cli.test_cli import sre_agent
from tests.labs import standing_lab

SMALL = "global.anthropic.claude-haiku-5-5"
GOOD = "Deployment/tolling/pricing keeps crashing, and Service/tolling/pricing has no ready endpoint."
ROLE = "arn:aws:iam::123456789012:role/batch"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with standing_lab("toll-gate", tmp_path_factory.mktemp("lab")) as running:
        running.control.advance(120)
        s3 = _s3(running)
        s3.create_bucket(Bucket="overnight", CreateBucketConfiguration={"LocationConstraint": running.endpoints.region})
        s3.close()
        yield running


@pytest.fixture
def model(lab: LabProcess, monkeypatch: pytest.MonkeyPatch) -> LabProcess:
    """The lab, with its Bedrock as the configured chat model."""
    monkeypatch.setenv("SRE_AGENT_MODEL", "bedrock")
    monkeypatch.setenv("SRE_AGENT_AWS_ENDPOINT_URL", lab.endpoints.aws)
    monkeypatch.setenv("SRE_AGENT_AWS_REGION", lab.endpoints.region)
    return lab


@pytest.fixture
def batch(model: LabProcess, monkeypatch: pytest.MonkeyPatch) -> LabProcess:
    monkeypatch.setenv("SRE_AGENT_MODEL_BATCH_BUCKET", "s3://overnight/sweeps")
    monkeypatch.setenv("SRE_AGENT_MODEL_BATCH_ROLE", ROLE)
    monkeypatch.setenv("SRE_AGENT_MODEL_BATCH_MINIMUM", "1")
    return model


def _s3(lab: LabProcess) -> BaseClient:
    ends = lab.endpoints
    return boto3.client(
        "s3", endpoint_url=ends.aws, region_name=ends.region, aws_access_key_id="a", aws_secret_access_key="b"
    )


def sweep(lab: LabProcess, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = sre_agent("sweep", *words, "--kubeconfig", str(lab.endpoints.kubeconfig), cwd=cwd)
    assert "Traceback" not in done.stderr
    return done


def says(*words: tuple[str, str], statement_ids: str = "", **fields: Any) -> dict[str, Any]:
    call = {"tool": "Narrative", "input": account(*words, statement_ids=statement_ids).model_dump()}
    return {"turns": [{"calls": [call], "repeats": True}], **fields}


def account(*words: tuple[str, str], statement_ids: str = "") -> Narrative:
    """These statements, and then these sentences with what they cite."""
    statements = [NarrativeItem(statement=number) for number in statement_ids.split()]
    return Narrative(
        items=[*statements, *(NarrativeItem(words=text, cites=numbers.split()) for text, numbers in words)]
    )


def test_a_summary_is_written_by_the_model_from_the_sweep_and_stands_above_it(
    model: LabProcess, tmp_path: Path
) -> None:
    model.control.play_model(says((GOOD, "S3"), ("It began at 03:17:00 UTC.", "S3"), statement_ids="S3"))
    done = sweep(model, tmp_path, "--summary", "--json")

    assert done.returncode == 3, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert summary["text"].startswith("New trouble (crash_loop, ") and "Deployment/tolling/pricing" in summary["text"]
    assert (summary["words"], summary["cut"]) == (GOOD, 1)
    assert summary["by"].startswith(SMALL)
    output = sweep(model, tmp_path, "--summary").stdout
    assert (
        output.index("crash_loop")
        < output.index(f"In the model's words, not verified: {GOOD[:30]}")
        < output.index("Known:")
    )
    call, *_ = model.control.model_calls()["calls"]
    assert "Deployment/tolling/pricing" in call["last"] and "<data source=" in call["last"]
    assert "Deployment/tolling/pricing" not in call["system"]
    costs = json.loads(sre_agent("costs", "--json", "--by", "prompt", "--by", "batch", cwd=tmp_path).stdout)["groups"]
    assert [(group["prompt"].partition("@")[0], group["batch"]) for group in costs] == [("sweep", "real time")]


def test_a_batch_job_writes_the_summary_and_another_process_reads_it(batch: LabProcess, tmp_path: Path) -> None:
    batch.control.play_model(says((GOOD, "S3"), statement_ids="S3", batch={"minimum": 1}))
    submission = sweep(batch, tmp_path, "--summary", "--batch")
    assert submission.returncode == 3, submission.stderr
    assert "Deployment/tolling/pricing" in submission.stdout, "the sweep itself is told at once"
    job = submission.stdout.partition("sre-agent sweep --collect ")[2].split()[0]

    waits = sre_agent("sweep", "--collect", job, cwd=tmp_path)
    assert (waits.returncode, waits.stdout) == (4, "")
    assert f"The batch job {job} is Submitted" in waits.stderr
    batch.control.advance(600)
    done = sre_agent("sweep", "--collect", job, "--json", cwd=tmp_path)

    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    assert document["summary"]["words"] == GOOD and "crash_loop" in document["summary"]["text"]
    assert [trouble["failure_class"] for trouble in document["troubles"] if trouble["verdict"] == "cause"] == [
        "crash_loop"
    ]
    costs = json.loads(sre_agent("costs", "--json", "--by", "batch", cwd=tmp_path).stdout)["groups"]
    assert [(group["batch"], group["calls"]) for group in costs] == [("batch", 1)]


def test_one_sweep_is_too_little_for_a_batch_and_is_summarised_at_once(
    batch: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SRE_AGENT_MODEL_BATCH_MINIMUM")
    batch.control.play_model(says((GOOD, "S3"), statement_ids="S3"))

    done = sweep(batch, tmp_path, "tolling", "--summary", "--batch")

    assert done.returncode == 3, done.stderr
    assert "1 request is fewer than the 100 that make a batch job; it was asked in real time" in done.stdout
    assert "has no ready endpoint" in done.stdout and f"Written by {SMALL}" in done.stdout


def test_what_is_missing_for_a_batch_or_a_summary_is_said_in_a_line(
    model: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = sweep(model, tmp_path, "--summary", "--batch")
    assert (lacking.returncode, lacking.stdout) == (1, "")
    assert "needs model_batch_bucket (SRE_AGENT_MODEL_BATCH_BUCKET)" in lacking.stderr
    monkeypatch.delenv("SRE_AGENT_MODEL")
    without = sweep(model, tmp_path, "kube-system", "--summary", "--json")
    assert without.returncode == 5, "an alarm that names no namespace fires"
    assert without.stderr.strip().count("\n") == 0 and "No chat model is configured" in without.stderr
    assert json.loads(without.stdout)["summary"] is None
    unknown = sre_agent("sweep", "--collect", "batch-0", cwd=tmp_path)
    assert unknown.returncode == 2 and "There is no batch job 'batch-0'" in unknown.stderr


def sweep_of(*troubles: Trouble, gaps: tuple[str, ...] = ()) -> Sweep:
    moment = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)
    return Sweep(id="sweep-1", taken_at=moment, troubles=list(troubles), gaps=list(gaps), looked_at="12 Deployments")


PRICING = Trouble(
    verdict="cause",
    subject=Subject(scope="lab", kind="Deployment", namespace="tolling", name="pricing"),
    failure_class="crash_loop",
    confidence=0.83,
    statement="Deployment/tolling/pricing crash-loops: container app of pods pricing-x1, pricing-x2 and 4 more ends"
    " with exit code 78 and was restarted 6 times: it cannot resolve rates.internal.",
    symptoms=["service.no_endpoints Service/tolling/pricing"],
    since=datetime(2026, 11, 21, 3, 17, tzinfo=UTC),
)


LEDGER = Trouble(
    verdict="unexplained",
    subject=Subject(scope="lab", kind="StatefulSet", namespace="books", name="ledger"),
    statement="2 of 5 replicas of StatefulSet/books/ledger are ready.",
    new=False,
)


FOUND = sweep_of(PRICING, LEDGER)
CRASHING, SERVING = (number for number, line in statements(FOUND).items() if "rouble (" in line)


def summary_of(sentence: str, cites: str, basis: Sweep = FOUND) -> SweepSummary:
    return ground_summary(basis, account((sentence, cites)), "a-model")


def test_what_is_picked_is_told_in_the_engines_words_and_in_the_models_order() -> None:
    summary = ground_summary(FOUND, account(statement_ids=f"{SERVING} {CRASHING} S99"), "a-model")
    texts = statements(FOUND)
    assert summary.text.splitlines() == [texts[SERVING], texts[CRASHING]]
    assert (summary.by, summary.words, summary.omissions) == ("a-model", "", 1)


@pytest.mark.parametrize(
    ("sentence", "cites"),
    [
        ("Deployment/tolling/pricing cannot resolve rates.internal and ends with exit code 78.", CRASHING),
        ("Of StatefulSet/books/ledger 2 of 5 replicas ready; its cause is open.", SERVING),
        ("The pod pricing-x1 was restarted six times, like pricing-x2 and 4 more.", CRASHING),
        ("It has been so since 03:17:00.", CRASHING),
        ("It is 83% sure.", CRASHING),
        ("Deployment/tolling/pricing stürzt ab und wurde 6 Mal neu gestartet.", CRASHING),
        ("Deployment/tolling/pricing は 6 回再起動しました。", CRASHING),
        ("Deployment/tolling/pricing is healthy.", CRASHING),
    ],
)
def test_words_whose_names_numbers_and_times_are_in_what_they_cite_stand_below_the_engines(
    sentence: str, cites: str
) -> None:
    summary = summary_of(sentence, cites)
    assert (summary.text, summary.words) == (FOUND.statement.split("\n")[0], sentence)


@pytest.mark.parametrize(
    ("sentence", "cites", "why"),
    [
        ("Deployment/tolling/billing is down as well.", CRASHING, "name"),
        ("It failed 17 times.", CRASHING, "number"),
        ("It failed twelve times.", CRASHING, "number"),
        ("Of Deployment/tolling/pricing 2 of 5 replicas ready.", CRASHING, "number"),
        ("It has been so since 04:17:00.", CRASHING, "time"),
        ("It is 97% sure.", CRASHING, "number"),
        ("Everything is back to normal.", CRASHING, "bare"),
        ("Die Datenbank ist ausgefallen.", CRASHING, "bare"),
        ("Ask https://help.example/now for more.", CRASHING, "address"),
        ("It ends with exit code 78.", "", "citation"),
        ("It ends with exit code 78.", "S77", "citation"),
        ("It ends with exit code 78.", SERVING, "number"),
    ],
)
def test_a_sentence_with_anything_else_is_dropped_and_that_is_told(sentence: str, cites: str, why: Fault) -> None:
    summary = ground_summary(FOUND, account(("Its exit code is 78.", CRASHING), (sentence, cites)), "a-model")

    assert (summary.words, summary.omissions, summary.by) == ("Its exit code is 78.", 1, "a-model")
    assert summary.note == f"1 sentence of the model's was dropped: 1 for {REASONS[why]}."


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (account(("It failed 17 times.", "S3")), "nothing that a-model said is in the sweep"),
        (account(), "a-model said nothing"),
    ],
)
def test_where_nothing_is_left_the_engines_words_stand(answer: Narrative, why: str) -> None:
    summary = ground_summary(FOUND, answer, "a-model")

    assert (summary.text, summary.by) == (FOUND.statement, "")
    assert why in summary.note and summary.note.startswith("This summary is in the engine's own words.")


def test_the_gaps_of_a_sweep_are_shown_to_the_model() -> None:
    with_gap = sweep_of(gaps=("events could not be read",))
    assert "Not checked: events could not be read" in statements(with_gap).values()
