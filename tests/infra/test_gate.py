"""The gate that a change has to pass, and that of a new version while it has a share of the traffic."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from infra.checks import canary, gate
from infra.checks.canary import Figures
from infra.checks.gate import WorldResult, objections
from sre_agent.reports.evaluation import EvaluatedNarrative, Evaluation, Tally
from tests.worlds.__main__ import main as judge_worlds

RIGHT = WorldResult("a seed 1", "paths", right=True, confident_wrong=False, seconds=1, dollars=0)


def worlds(right: int, of: int, ability: str = "paths") -> list[WorldResult]:
    return [replace(RIGHT, id=f"{ability} {n}", ability=ability, right=n < right) for n in range(of)]


def test_it_is_open_for_a_change_that_is_as_good_as_what_it_changes() -> None:
    assert list(objections(worlds(9, 10), worlds(9, 10))) == []


def test_each_limit_shuts_it() -> None:
    good = worlds(20, 20)
    assert "the score is 0.800" in " ".join(objections(worlds(16, 20), []))
    assert "2.50 $" in " ".join(objections([*good, replace(RIGHT, dollars=2.5)], []))
    assert "30.1 s" in " ".join(objections([*good, replace(RIGHT, seconds=30.1)], []))
    assert list(objections([], good)) == ["no world was judged"]


def test_one_class_that_gets_worse_shuts_it_though_another_gets_better() -> None:
    before = [*worlds(20, 20), *worlds(18, 20, "time")]
    after = [*worlds(19, 20), *worlds(20, 20, "time")]
    (reason,) = objections(after, before)
    assert reason.startswith("paths got worse: 1.000 before, 0.950 now")


def test_worlds_that_came_with_the_change_make_no_class_worse() -> None:
    assert list(objections(worlds(19, 20), worlds(19, 19))) == []


def test_an_answer_that_is_wrong_and_sure_shuts_it_unless_it_was_so_before() -> None:
    sure = replace(RIGHT, id="sure", right=False, confident_wrong=True)
    good = worlds(20, 20)
    assert "sure is wrong and sure of it, which is new" in list(objections([*good, sure], [*good]))
    assert list(objections([*good, sure], [*good, sure])) == []


def test_it_reads_what_the_worlds_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.json"
    assert judge_worlds(["--seeds", "1", "--only", "healthy", "--json", str(results)]) == 0
    assert gate.main([str(results), "--base", str(results)]) == 0
    assert "score 1.000" in capsys.readouterr().out
    shut = [asdict(one) | {"right": False} for one in gate.read(results)]
    (worse := tmp_path / "worse.json").write_text(json.dumps({"worlds": shut}))
    assert gate.main([str(worse), "--base", str(results)]) == 1
    (tmp_path / "other.json").write_text("[]")
    assert gate.main([str(tmp_path / "other.json")]) == 2


def evaluation(*narratives: EvaluatedNarrative, dollars: float = 0.2) -> Evaluation:
    """As `sre-agent evaluate --json` prints it."""
    sums = {"reports": 0, "used": 0, "fell_back": {}, "unwritten": 0, "sentences": 0, "statements": 0, "accepted": 0}
    whole = Tally(language="", faults={}, calls=0, input_tokens=0, output_tokens=0, dollars=dollars, **sums)
    return Evaluation(
        run="r", models=("m",), languages=(), together=whole, examples=(), unwritten={}, accounts=narratives
    )


def test_it_reads_what_an_evaluation_of_a_prompt_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = EvaluatedNarrative(incident="inc-1", language="de", sentences=10, accepted=10)
    invents = good.model_copy(update={"accepted": 5})
    silent = good.model_copy(update={"accepted": 0, "fell_back": "dropped"})
    (before := tmp_path / "before.json").write_text(evaluation(good).model_dump_json())
    assert gate.main([str(before), "--base", str(before)]) == 0
    for worse in (invents, silent):
        (after := tmp_path / "after.json").write_text(evaluation(worse).model_dump_json())
        assert gate.main([str(after), "--base", str(before)]) == 1
        assert "words in de got worse: 1.000 before, 0.000 now" in capsys.readouterr().out
    (tmp_path / "dear.json").write_text(evaluation(good, dollars=2.5).model_dump_json())
    assert gate.main([str(tmp_path / "dear.json")]) == 1


@pytest.mark.parametrize(
    ("figures", "goes_on"),
    [
        (Figures(1000, 49, 59.9), True),
        (Figures(1000, 50, 0.2), False),
        (Figures(1000, 0, 60.0), False),
        (Figures(0, 0, None), True),
    ],
)
def test_a_canary_is_rolled_back_at_5_percent_errors_or_60_seconds(
    figures: Figures, goes_on: bool, tmp_path: Path
) -> None:
    (file := tmp_path / "figures.json").write_text(json.dumps(asdict(figures)))
    assert canary.main([str(file)]) == (0 if goes_on else 1)


def test_figures_that_nobody_can_have_measured_are_refused(tmp_path: Path) -> None:
    (file := tmp_path / "figures.json").write_text('{"requests": 1, "errors": 2, "p95_seconds": null}')
    assert canary.main([str(file)]) == 2
