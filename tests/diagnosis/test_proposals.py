"""What becomes of a model's word on a cause: capped, dropped where nothing shows it, and never the end of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_servers.contract.facts import Subject
from sre_agent import failures
from sre_agent.diagnosis import Engine
from sre_agent.diagnosis.case import SURE_ENOUGH
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.diagnosis.names import names
from sre_agent.diagnosis.proposals import Proof, ProposalReply, draft_of, judge
from sre_agent.diagnosis.remedies import options
from sre_agent.diagnosis.texts import Texts
from sre_agent.diagnosis.topology import Topology
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.failures import Catalogue, FailureClass, as_file, content, literal
from sre_agent.failures.sentences import Parts

from .pictures import (
    CATALOGUE,
    WORKLOAD,
    asked,
    bad_rollout,
    chain,
    crash_looping,
    link,
    minutes,
    out_of_memory,
    pod,
    resource,
    seen,
    thing,
    unavailable,
    weigh,
)

TITLE = "A worker waits for a lock that nobody gives back"
MECHANISM = "The newest revision takes the lock and never releases it, so its pods wait and are not ready"


def cause(**changed: Any) -> dict[str, Any]:
    fields = {
        "name": "lock_never_released",
        "title": TITLE,
        "subject": "Deployment/shop/cart",
        "mechanism": MECHANISM,
        "evidence": ["L1"],
        "remedy": "bad_rollout/undo_rollout",
    }
    return {**fields, **changed}


def waiting() -> list[Evidence]:
    """Pods of the newest revision wait, those of the one before serve; and a table that has nothing to do with it."""
    facts = [
        seen("pod.not_ready", pod("new"), minutes(6), reason="ContainersNotReady", seconds=360),
        seen("pod.ready", pod("old"), seconds=90000),
        unavailable(ready=1, desired=2),
        seen("rollout.started", WORKLOAD, minutes(10), revision="3", image="registry.test/cart:3", changes=["image"]),
        seen("rollout.newest_failing", WORKLOAD, revision="3", failing=1, of=1),
        seen("rollout.earlier_healthy", WORKLOAD, revision="2"),
    ]
    table = seen("table.within_capacity", resource("Table", "orders"), table="orders")
    log = seen("log.error", pod("new"), minutes(5), "waiting for lock orders-lock", message="waiting for lock", count=9)
    return [
        asked("kubectl_explain_workload", facts, chain(pod("new"), pod("old")), kind="Deployment"),
        asked("analyze_resource", [table], name="orders", agent="metrics", kind="Table", namespace=""),
        asked("kubectl_logs", [log], name="cart-7f9d-new", agent="logs"),
    ]


def open_diagnosis(evidence: list[Evidence]) -> Diagnosis:
    """As of an engine that knows no class at all but for what may be done."""
    return Engine(Catalogue([])).weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0).diagnosis


def judge_of(
    answer: dict[str, Any], evidence: list[Evidence] | None = None, diagnosis: Diagnosis | None = None
) -> tuple[Diagnosis, list[str]]:
    evidence = evidence if evidence is not None else waiting()
    proof = Proof(evidence, {item.id: f"L{place}" for place, item in enumerate(evidence, 1)})
    weighed_diagnosis = diagnosis or open_diagnosis(evidence)
    return judge(
        weighed_diagnosis, ProposalReply.model_validate(answer), proof, CATALOGUE, model="m", prompt="diagnose@1"
    )


def test_a_proposal_leads_where_no_cause_is_known_and_is_never_surer_than_half() -> None:
    diagnosis, notes = judge_of({"cause": cause(evidence=["L1", "L3"])})
    assert notes == [] and diagnosis.proposal is not None
    assert diagnosis.verdict == "proposed" and diagnosis.causes == []
    assert [h.failure_class for h in diagnosis.to_mend] == ["lock_never_released"]
    assert diagnosis.proposal.confidence == 0.5
    assert diagnosis.statement.startswith(
        f"Proposed by the model, not proven: {TITLE} (Deployment/shop/cart). {MECHANISM}"
    )
    assert diagnosis.evidence[:2] == diagnosis.proposal.evidence


def test_fewer_observations_make_a_proposal_less_sure() -> None:
    fields = {"name": "lock_held", "title": "A worker waits for a lock", "mechanism": "Its pods wait for it"}
    few, _ = judge_of({"cause": cause(evidence=["L3"], remedy="", **fields)})
    assert few.proposal is not None and few.proposal.confidence == 0.1
    assert few.verdict == "inconclusive" and few.to_mend == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"evidence": ["L9"]}, "cites evidence that is not there"),
        ({"evidence": ["L1", "L44"]}, "cites evidence that is not there"),
        ({"evidence": ["L2"]}, "does not speak of its subject"),
        ({"subject": "Deployment/shop/basket"}, "subject is nothing that was seen"),
        ({"subject": "Table/orders", "evidence": ["L2"]}, "shows nothing wrong there"),
        ({"mechanism": "Pod cart-7f9d-zzz holds the lock"}, "names what the evidence"),
        ({"mechanism": "It waited for 4711 seconds"}, "names what the evidence"),
        ({"mechanism": "It began at 03:14:15"}, "names what the evidence"),
        ({"title": "A lock in redis-main is held"}, "names what the evidence"),
        ({"name": "lock_of_redis7"}, "names what the evidence"),
        ({"mechanism": " \n"}, "does not say how"),
        ({"name": "bad_rollout"}, "it is bad_rollout, a class of the catalogue"),
        ({"title": "The newest revision of a workload fails"}, "it is bad_rollout, a class of the catalogue"),
    ],
)
def test_what_nothing_shows_is_dropped_and_not_repeated(changed: dict[str, Any], why: str) -> None:
    before = open_diagnosis(waiting())
    diagnosis, notes = judge_of({"cause": cause(**changed)})
    assert diagnosis == before
    assert len(notes) == 1 and why in notes[0]
    assert not any(word in notes[0] for word in ("zzz", "4711", "redis", "basket", "L44"))


def test_evidence_that_speaks_of_something_else_is_left_out() -> None:
    diagnosis, _ = judge_of({"cause": cause(evidence=["[L2], l1"])})
    assert diagnosis.proposal is not None
    assert diagnosis.proposal.evidence == [waiting()[0].id]


def test_a_pod_that_is_blamed_stands_for_its_workload() -> None:
    diagnosis, _ = judge_of({"cause": cause(subject="Pod/shop/cart-7f9d-new")})
    assert diagnosis.proposal is not None and diagnosis.proposal.subject == WORKLOAD


@pytest.mark.parametrize(
    "remedy", ["bad_rollout/delete_everything", "no_class/undo_rollout", "rm -rf", "kubectl_delete"]
)
def test_a_remedy_that_the_catalogue_lacks_is_no_remedy(remedy: str) -> None:
    diagnosis, notes = judge_of({"cause": cause(remedy=remedy)})
    assert diagnosis.proposal is not None and diagnosis.proposal.remedy == "" and diagnosis.to_mend == []
    assert len(notes) == 1 and "is none that fits" in notes[0]


def test_a_remedy_whose_conditions_do_not_hold_is_not_applied() -> None:
    diagnosis, _ = judge_of({"cause": cause(remedy="oom_killed/raise_memory_limit")})
    assert diagnosis.proposal is not None and diagnosis.verdict == "inconclusive"


def test_beside_a_believed_cause_a_proposal_is_only_told() -> None:
    evidence = [*bad_rollout(), *waiting()[1:]]
    before = weigh(evidence).diagnosis
    diagnosis, _ = judge_of({"cause": cause(evidence=["L1"])}, evidence, before)
    assert diagnosis.proposal is not None
    assert diagnosis.model_copy(update={"proposal": None}) == before


def test_what_healed_means_is_taken_over_with_the_remedy_and_what_was_wrong_has_to_be_gone() -> None:
    diagnosis, _ = judge_of({"cause": cause()})
    entry, class_entry = draft_of(diagnosis), CATALOGUE["bad_rollout"]
    assert entry is not None
    assert (entry.deadline, entry.poll, entry.settle) == (class_entry.deadline, class_entry.poll, class_entry.settle)
    assert entry.recovered_when[: len(class_entry.recovered_when)] == class_entry.recovered_when
    assert {line.absent for line in entry.recovered_when[len(class_entry.recovered_when) :]} == {
        "pod.not_ready",
        "workload.unavailable",
    }
    ready, _ = options(CATALOGUE.plus(entry), diagnosis.to_mend[0], waiting())
    assert [option.call.arguments["to_revision"] for option in ready] == [2]


def test_without_a_remedy_healed_means_that_what_was_wrong_is_gone() -> None:
    entry = draft_of(judge_of({"cause": cause(remedy="")})[0])
    assert entry is not None
    assert {line.absent for line in entry.recovered_when} == {
        "pod.not_ready",
        "workload.unavailable",
        "rollout.newest_failing",
    }


def test_the_class_file_is_read_as_it_stands_and_the_engine_weighs_it(tmp_path: Path) -> None:
    diagnosis, _ = judge_of({"cause": cause()})
    assert diagnosis.proposal is not None
    (tmp_path / "inc-1.class.yaml").write_text(as_file(diagnosis.proposal.draft, ["Proposed by m."]), encoding="utf-8")
    catalogue = failures.load([tmp_path])
    assert content(catalogue["lock_never_released"]) == diagnosis.proposal.draft
    alone = Engine(Catalogue([catalogue["lock_never_released"]]))
    again = alone.weigh([WORKLOAD], waiting(), started_at=minutes(5), budget_left=0).diagnosis
    assert again.hypothesis is not None and again.hypothesis.failure_class == "lock_never_released"
    assert again.hypothesis.score == sum(term.weight for term in diagnosis.proposal.terms)
    assert MECHANISM in again.hypothesis.statement


HOSTILE = [
    "{{ subject.name }} and {{ ().__class__ }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# away #} left",
    "words: {a: b}\n---\nclass: other\n",
    "'quoted\" & *anchor ! tag | > block # remark",
    "{% endraw %}{{ 7 }}",
    "yes",
    "null",
]


def render(statement: Parts) -> str:
    evidence_set = EvidenceSet([])
    view = SubjectView(evidence_set, Topology(evidence_set), WORKLOAD)
    return Texts(view, names(view, [])).render(statement)


def test_a_models_words_are_words_in_the_class_file(tmp_path: Path) -> None:
    titles: dict[str, str] = {}
    for number, words in enumerate(HOSTILE):
        evidence = waiting()
        log = evidence[2]
        assert log.answer is not None
        answer = log.answer.model_copy(update={"text": words})  # so that the words themselves are shown
        evidence[2] = log.model_copy(update={"answer": answer})
        name = f"lock_{chr(97 + number)}"
        hostile = cause(name=name, title=words, mechanism=words, evidence=["L1", "L3"])
        diagnosis, notes = judge_of({"cause": hostile}, evidence)
        assert diagnosis.proposal is not None, notes
        text = as_file(diagnosis.proposal.draft)
        assert len(list(yaml.safe_load_all(text))) == 1
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        titles[name] = diagnosis.proposal.title
    catalogue = failures.load([tmp_path])
    for (name, title), words in zip(titles.items(), HOSTILE, strict=True):
        statement = render(catalogue[name].statement)
        assert statement == f"{WORKLOAD.short}: {title}. {' '.join(words.split()).rstrip('. ')}"


def test_a_literal_renders_to_itself() -> None:
    for text in HOSTILE:
        assert render([literal(text.strip())]) == text.strip()


def test_an_approved_class_name_is_one_word(tmp_path: Path) -> None:
    diagnosis, _ = judge_of({"cause": cause(name="../../Etc: {{ x }}\nstuck")})
    assert diagnosis.proposal is not None and diagnosis.proposal.name == "etc_x_stuck"


def unsure() -> tuple[list[Evidence], Diagnosis]:
    """A crash loop of which no log says why: believed, and not proven."""
    evidence = [crash_looping()[0]]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.verdict == "cause" and diagnosis.hypothesis is not None and not diagnosis.hypothesis.decisive
    return evidence, diagnosis


def doubt(**changed: Any) -> dict[str, Any]:
    fields = {
        "failure_class": "crash_loop",
        "subject": "Deployment/shop/cart",
        "why": "It was restarted 5 times only",
        "evidence": ["L1"],
    }
    return {**fields, **changed}


def test_a_doubt_takes_a_little_once_and_the_verdict_stays() -> None:
    evidence, engine_diagnosis = unsure()
    assert engine_diagnosis.hypothesis is not None
    before = engine_diagnosis.hypothesis.confidence
    diagnosis, notes = judge_of({"doubts": [doubt(), doubt()]}, evidence, engine_diagnosis)
    assert diagnosis.hypothesis is not None and diagnosis.verdict == "cause"
    assert diagnosis.hypothesis.confidence == pytest.approx(max(SURE_ENOUGH, before - 0.1))
    assert diagnosis.hypothesis.confidence < before
    assert [term.note for term in diagnosis.hypothesis.terms if term.weight == 0] == [
        "doubted by the model: It was restarted 5 times only"
    ]
    assert diagnosis.hypothesis.score == sum(term.weight for term in diagnosis.hypothesis.terms)
    assert len(notes) == 1 and "doubted once" in notes[0]


def test_a_doubt_never_takes_a_cause_below_what_is_sure_enough() -> None:
    evidence, engine_diagnosis = unsure()
    assert engine_diagnosis.hypothesis is not None
    for confidence in (0.52, 0.5, 0.3):
        hypothesis = engine_diagnosis.hypothesis.model_copy(update={"confidence": confidence})
        diagnosis, _ = judge_of(
            {"doubts": [doubt()]}, evidence, engine_diagnosis.model_copy(update={"hypothesis": hypothesis})
        )
        assert diagnosis.hypothesis is not None and diagnosis.hypothesis.confidence == min(SURE_ENOUGH, confidence)


def test_what_something_proves_is_not_doubted_away() -> None:
    evidence = out_of_memory()
    engine_diagnosis = weigh(evidence).diagnosis
    assert engine_diagnosis.hypothesis is not None and engine_diagnosis.hypothesis.decisive
    diagnosis, notes = judge_of({"doubts": [doubt(failure_class="oom_killed")]}, evidence, engine_diagnosis)
    assert diagnosis == engine_diagnosis and "is proven" in notes[0]


@pytest.mark.parametrize(
    "changed",
    [{"evidence": ["L7"]}, {"why": "Pod cart-9 runs"}, {"failure_class": "volume_full"}, {"subject": "Node/a"}],
)
def test_a_doubt_without_ground_takes_nothing(changed: dict[str, Any]) -> None:
    evidence, engine_diagnosis = unsure()
    diagnosis, notes = judge_of({"doubts": [doubt(**changed)]}, evidence, engine_diagnosis)
    assert diagnosis == engine_diagnosis and len(notes) == 1


def test_what_the_model_misses_is_told_where_it_names_only_what_was_seen() -> None:
    diagnosis, _ = judge_of(
        {"missing": ["the log of Deployment/shop/cart before the rollout", "the trace of pod ghost-1"]}
    )
    assert [text for text in diagnosis.missing if "model" in text] == [
        "The model would look for this: the log of Deployment/shop/cart before the rollout."
    ]


def test_an_answer_without_a_cause_changes_nothing() -> None:
    for empty in ({}, {"cause": None, "doubts": None, "missing": None}):
        assert judge_of(empty) == (open_diagnosis(waiting()), [])


def test_a_subject_in_two_clusters_is_the_one_that_the_evidence_speaks_of() -> None:
    other = Subject(scope="green", kind="Deployment", namespace="shop", name="cart")
    elsewhere = asked("kubectl_callers", [], [link("calls", other, thing("Service", "db"))], name="db")
    diagnosis, _ = judge_of({"cause": cause()}, [*waiting(), elsewhere])
    assert diagnosis.proposal is not None and diagnosis.proposal.subject == WORKLOAD


def test_a_draft_is_for_cases_with_the_same_marks_and_not_for_every_pod_that_is_not_ready() -> None:
    entry = draft_of(judge_of({"cause": cause(evidence=["L1", "L3"])})[0])
    assert entry is not None
    engine = Engine(Catalogue([entry]))
    evidence = waiting()
    assert engine.weigh([WORKLOAD], evidence, started_at=None, budget_left=0).diagnosis.hypothesis is not None
    without_log = engine.weigh([WORKLOAD], evidence[:2], started_at=None, budget_left=0).diagnosis
    assert without_log.hypothesis is None


def test_a_draft_claims_no_proof() -> None:
    entry = draft_of(judge_of({"cause": cause()})[0])
    assert isinstance(entry, FailureClass) and not any(rule.decisive for rule in entry.supports)


@pytest.mark.parametrize(
    "changed",
    [
        {"mechanism": "The lock is held because Bob Meier forgot it"},
        {"mechanism": "Run kubectl delete ns shop at once"},
        {"mechanism": "The container was OOM killed"},
        {"title": "Die Datenbank ist nicht da"},
        {"title": "ロックのデータベース障害"},
    ],
)
def test_what_plain_words_claim_is_told_as_the_models_and_not_proven_and_is_no_cause(changed: dict[str, Any]) -> None:
    diagnosis, _ = judge_of({"cause": cause(**changed)})
    assert diagnosis.proposal is not None and diagnosis.causes == [] and diagnosis.proposal.confidence <= 0.5
    assert diagnosis.statement.startswith("Proposed by the model, not proven: ")
    assert all(text in diagnosis.statement for text in changed.values())


@pytest.mark.parametrize(
    "mechanism",
    [
        "The newest revision waits for a lock, and fewer replicas are ready than desired",
        "Pods of revision 3 are not ready since its rollout started",
        "Pods of the earlier revision serve, those of the newest fail",
        "Die neueste Revision wartet auf eine Sperre, und ihre Pods sind nicht bereit",
        "La revisión más reciente espera un bloqueo y sus pods no están listos",
        "最新のリビジョンはロックを待っており、ポッドは準備できていません",
    ],
)
def test_what_the_evidence_says_in_other_words_or_another_language_is_no_invention(mechanism: str) -> None:
    diagnosis, notes = judge_of({"cause": cause(evidence=["L1", "L3"], mechanism=mechanism)})
    assert notes == [] and diagnosis.proposal is not None and mechanism in diagnosis.proposal.statement


@pytest.mark.parametrize(
    "why", ["It is not so", "Ask Bob Meier about it", "Pod shop/ghost-1 holds it", "It was 44 times"]
)
def test_a_doubt_or_a_wish_that_names_nothing_that_was_seen_counts_for_nothing(why: str) -> None:
    evidence, engine_diagnosis = unsure()
    diagnosis, notes = judge_of({"doubts": [doubt(why=why)], "missing": [why]}, evidence, engine_diagnosis)
    assert diagnosis == engine_diagnosis and len(notes) == 1
