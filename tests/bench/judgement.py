"""How well causes are judged, without a model: over every scenario, and over hundreds of variants of what was seen.

A variant has other names, other numbers, more noise or less evidence; a confidence is worth something when as many
diagnoses of 0.8 are right as it says: about eight of ten.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from sre_agent.diagnosis import Engine
from sre_agent.domain.diagnosis import Diagnosis
from sre_lab import scenario
from tests.bench.figures import Figure
from tests.judgement.recorded import Case, Told, head_of, run, without
from tests.judgement.variants import noisy, poorer, spoken_to, variants

EACH = 10  # variants of a scenario
CONFIDENT = 0.7
BUCKETS = 10
ENOUGH = 30  # answers from which a bucket tells anything

Answers = list[tuple[float, bool]]  # confidence, and whether it was right


def figures() -> Iterator[Figure]:
    outcomes = list(runs())
    yield Figure(
        f"judgement: causes named in {len(outcomes)} scenarios", 100 * _share(map(_right, outcomes)), "%", 100, "≥"
    )
    yield Figure("of them wrong at 0.7 or more", sum(_wrong(one) for one in outcomes), "", 0)
    calls = sorted(len(one.case.evidence) for one in outcomes)
    yield Figure("calls of an incident, median", calls[len(calls) // 2], "", 12)
    yield Figure("calls of an incident, nine of ten need no more than", calls[len(calls) * 9 // 10], "", 24)
    yield from gates(outcomes)
    answers = weigh_all(outcomes)
    yield Figure(
        f"right among {len(answers)} variants with a cause named", 100 * _share(r for _, r in answers), "%", 80, "≥"
    )
    off = 0.0
    for low, bucket in sorted(_buckets(answers).items()):
        mean, right_share = sum(c for c, _ in bucket) / len(bucket), _share(right for _, right in bucket)
        what = f"confidence {low:.1f}–{low + 1 / BUCKETS:.1f}: {len(bucket)} answers, meant {mean:.2f}, right"
        yield Figure(what, 100 * right_share, "%", 0, "≥")
        if len(bucket) >= ENOUGH:
            off = max(off, 100 * abs(mean - right_share))
    yield Figure(f"a bucket of {ENOUGH} or more is off by at most", off, "points", 10)


def gates(outcomes: list[Told]) -> Iterator[Figure]:
    """How many verdicts stand although they should not, or do not although they should."""
    before = {one.case.name: one.case.weigh() for one in outcomes}
    cases = [one.case for one in outcomes if before[one.case.name].causes]
    still_sure = sum(_as_sure(before[case.name], poorer(case, before[case.name]).weigh()) for case in cases)
    yield Figure(f"mutation: of {len(cases)} verdicts as sure without the facts that they cite", still_sure, "", 0)
    loud = [(one.case, noisy(one.case, Random(1), facts=500, ills=20)) for one in outcomes]
    changes_by_noise = sum(head_of(after.weigh()) != head_of(before[case.name]) for case, after in loud)
    yield Figure(
        f"noise: of {len(outcomes)} verdicts changed by 500 facts and 20 sick objects elsewhere",
        changes_by_noise,
        "",
        0,
    )
    changes_by_text = sum(head_of(spoken_to(one.case).weigh()) != head_of(before[one.case.name]) for one in outcomes)
    yield Figure(f"texts that demand: of {len(outcomes)} verdicts changed", changes_by_text, "", 0)
    sure = sum(_sure_and_wrong(case, without(cause.failure_class)) for case in cases for cause in case.expected.causes)
    yield Figure("another cause told at 0.7 or more when the true class is unknown", sure, "", 0)


def _as_sure(before: Diagnosis, after: Diagnosis) -> bool:
    return head_of(after)[:3] == head_of(before)[:3] and head_of(after)[3] >= head_of(before)[3]


def _sure_and_wrong(case: Case, engine: Engine) -> bool:
    diagnosis = case.weigh(engine)
    verdict, *_, confidence = head_of(diagnosis)
    return verdict == "cause" and confidence >= CONFIDENT and not case.rightly(diagnosis)


def runs() -> Iterator[Told]:
    for name in scenario.names():
        with tempfile.TemporaryDirectory() as folder:
            yield asyncio.run(run(name, Path(folder)))


def weigh_all(outcomes: Iterable[Told]) -> Answers:
    """What is said of each variant where it leads with a cause."""
    answers: Answers = []
    for one in outcomes:
        for case in variants(one.case, EACH):
            diagnosis = case.weigh()
            if diagnosis.hypothesis is not None and diagnosis.verdict in ("cause", "inconclusive"):
                answers.append((diagnosis.hypothesis.confidence, case.rightly(diagnosis)))
    return answers


def _buckets(answers: Answers) -> dict[float, Answers]:
    buckets: dict[float, Answers] = defaultdict(list)
    for confidence, right in answers:
        buckets[int(confidence * BUCKETS) / BUCKETS].append((confidence, right))
    return buckets


def _right(outcome: Told) -> bool:
    quiet = (
        outcome.incident.reason in ("recovered", "no_fault")
        and outcome.incident.reason == outcome.case.expected.end.reason
    )
    return quiet or outcome.case.rightly(outcome.report.diagnosis)


def _wrong(outcome: Told) -> bool:
    hypothesis = outcome.report.diagnosis.hypothesis
    sure = hypothesis is not None and outcome.report.diagnosis.verdict == "cause" and hypothesis.confidence >= CONFIDENT
    return sure and not outcome.case.rightly(outcome.report.diagnosis)


def _share(values: Iterable[bool]) -> float:
    every = list(values)
    return sum(every) / len(every) if every else 0.0
