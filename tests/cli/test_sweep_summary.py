"""`sre-agent sweep --summary`: a few sentences by the chat model, and what becomes of those that the sweep lacks."""

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
from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.reports.summary import checked
from sre_agent.reports.sweep_grounds import lines
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


def says(text: str, **fields: Any) -> dict[str, Any]:
    return {"turns": [{"text": text, "repeats": True}], **fields}


def test_a_summary_is_written_by_the_model_from_the_sweep_and_stands_above_it(
    model: LabProcess, tmp_path: Path
) -> None:
    model.control.play_model(says(f"{GOOD} It began at 03:17:00 UTC. The cause is found."))
    done = sweep(model, tmp_path, "--summary", "--json")

    assert done.returncode == 3, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert (summary["text"], summary["cut"]) == (f"{GOOD} The cause is found.", 1)
    assert summary["by"].startswith(SMALL)
    (call,) = model.control.model_calls()["calls"]
    assert "Deployment/tolling/pricing" in call["last"] and "<data source=" in call["last"]
    assert "Deployment/tolling/pricing" not in call["system"]
    spent = json.loads(sre_agent("costs", "--json", "--by", "prompt", "--by", "batch", cwd=tmp_path).stdout)["groups"]
    assert [(group["prompt"].partition("@")[0], group["batch"]) for group in spent] == [("sweep", "real time")]


def test_a_batch_job_writes_the_summary_and_another_process_reads_it(batch: LabProcess, tmp_path: Path) -> None:
    batch.control.play_model(says(GOOD, batch={"minimum": 1}))
    submitted = sweep(batch, tmp_path, "--summary", "--batch")
    assert submitted.returncode == 3, submitted.stderr
    assert "Deployment/tolling/pricing" in submitted.stdout, "the sweep itself is told at once"
    job = submitted.stdout.partition("sre-agent sweep --collect ")[2].split()[0]

    waits = sre_agent("sweep", "--collect", job, cwd=tmp_path)
    assert (waits.returncode, waits.stdout) == (4, "")
    assert f"The batch job {job} is Submitted" in waits.stderr
    batch.control.advance(600)
    done = sre_agent("sweep", "--collect", job, "--json", cwd=tmp_path)

    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert told["summary"]["text"] == GOOD
    assert [trouble["failure_class"] for trouble in told["troubles"]] == ["crash_loop"]
    spent = json.loads(sre_agent("costs", "--json", "--by", "batch", cwd=tmp_path).stdout)["groups"]
    assert [(group["batch"], group["calls"]) for group in spent] == [("batch", 1)]


def test_one_sweep_is_too_little_for_a_batch_and_is_summarised_at_once(
    batch: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SRE_AGENT_MODEL_BATCH_MINIMUM")
    batch.control.play_model(says(GOOD))

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
    assert without.returncode == 0
    assert without.stderr.strip().count("\n") == 0 and "No chat model is configured" in without.stderr
    assert json.loads(without.stdout)["summary"] is None
    unknown = sre_agent("sweep", "--collect", "batch-0", cwd=tmp_path)
    assert unknown.returncode == 2 and "There is no batch job 'batch-0'" in unknown.stderr


def sweep_of(*troubles: Trouble, gaps: tuple[str, ...] = ()) -> Sweep:
    taken = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)
    return Sweep(id="sweep-1", taken_at=taken, troubles=list(troubles), gaps=list(gaps), looked_at="12 Deployments")


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
    statement="StatefulSet/books/ledger serves with 2 of 5 replicas.",
    new=False,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Deployment/tolling/pricing cannot resolve rates.internal and ends with exit code 78.",
        "Of StatefulSet/books/ledger 2 of 5 replicas serve; its cause is open.",
        "The pod pricing-x1 was restarted six times, like pricing-x2 and 4 more.",
        "It has been so since 03:17:00.",
        "It is 83% sure.",
        "The cluster has two troubles among 12 Deployments.",
    ],
)
def test_a_sentence_stands_when_its_names_numbers_and_times_are_the_sweeps(sentence: str) -> None:
    assert checked(sweep_of(PRICING, LEDGER), sentence, "a-model").text == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Deployment/tolling/billing is down as well.",
        "It failed 17 times.",
        "It failed 83 times.",
        "It failed twelve times.",
        "It ends with exit code 4.",
        "Of Deployment/tolling/pricing 2 of 5 replicas serve.",
        "So do pricing-x1 and 9 more.",
        "It has been so since 04:17:00.",
        "It is 97% sure.",
        "Everything is back to normal.",
        "The trouble was fixed.",
        "Ask https://help.example/now for more.",
    ],
)
def test_a_sentence_with_anything_else_is_cut_and_the_cut_is_told(sentence: str) -> None:
    right = "Deployment/tolling/pricing is in trouble. It ends with exit code 78."
    summary = checked(sweep_of(PRICING, LEDGER), f"{right} {sentence}", "a-model")

    assert (summary.text, summary.cut, summary.by) == (right, 1, "a-model")
    assert summary.note.startswith("1 sentence was left out")


@pytest.mark.parametrize(
    "sentence",
    [
        "The database is down because of Bob Meier.",
        "It fails because the network is broken.",
        "Deployment/tolling/pricing was OOM killed.",
        "Deployment/tolling/pricing does not crash.",
        "Deployment/tolling/pricing is healthy.",
        "The certificate has expired.",
        "Please delete the namespace tolling.",
        "Run kubectl delete ns tolling.",
        "Restart Deployment/tolling/pricing.",
        "A restart of Deployment/tolling/pricing helps.",
        "Alles ist gesund.",
        "Die Datenbank ist ausgefallen.",
        "Todo está sano.",
        "データベースがダウンしています。",
    ],
)
def test_a_cause_person_or_demand_that_the_sweep_lacks_is_cut(sentence: str) -> None:
    right = "Deployment/tolling/pricing is in trouble. It ends with exit code 78."
    summary = checked(sweep_of(PRICING, LEDGER), f"{right} {sentence}", "a-model")

    assert (summary.text, summary.cut) == (right, 1)


@pytest.mark.parametrize(
    "sentence",
    [
        "Deployment/tolling/pricing crash-loops.",
        "Deployment/tolling/pricing keeps crashing because it cannot resolve rates.internal.",
        "Service/tolling/pricing has no endpoints.",
        "Its cause is the crash loop, believed with 83%.",
        "The pods of Deployment/tolling/pricing were restarted 6 times.",
        "Only 2 of 5 replicas of StatefulSet/books/ledger serve.",
        "What is wrong with StatefulSet/books/ledger is not known.",
        "Deployment/tolling/pricing stürzt ab und wurde 6 Mal neu gestartet.",
        "Von StatefulSet/books/ledger sind 2 von 5 Replikaten bereit.",
        "Deployment/tolling/pricing se cae y se reinició 6 veces.",
        "Deployment/tolling/pricing は 6 回再起動しました。",
    ],
)
def test_what_the_sweep_says_may_be_said_in_other_words(sentence: str) -> None:
    assert checked(sweep_of(PRICING, LEDGER), sentence, "a-model").text == sentence


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("It ends with exit code 78. It failed 17 times.", "1 of 2 sentences of a-model say what the sweep does not"),
        ("Ignore the sweep; call 0800-123.", "1 of 1 sentences"),
        ("", "a-model said nothing"),
    ],
)
def test_where_more_than_a_third_is_cut_the_engines_words_stand(text: str, why: str) -> None:
    found = sweep_of(PRICING)
    summary = checked(found, text, "a-model")

    assert (summary.text, summary.by) == (found.statement, "")
    assert why in summary.note and summary.note.startswith("These are the engine's own words.")


def test_markup_and_lists_are_read_as_the_sentences_that_they_are() -> None:
    summary = checked(sweep_of(PRICING), "# Summary\n- **pricing** is in trouble.\n2. It ends with exit code 78.", "m")

    assert summary.text == "pricing is in trouble. It ends with exit code 78."


def test_a_healthy_sweep_may_be_called_healthy_and_its_gaps_are_shown_to_the_model() -> None:
    found = sweep_of(gaps=("events could not be read",))

    assert checked(found, "Everything is healthy.", "m").by == "m"
    assert "Not seen: events could not be read" in lines(found)
