"""An evaluation as people read it: what was told and what of it held, why the rest was cut, with an example each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sre_agent.cli import tables
from sre_agent.cli.consoles import Terminal, console
from sre_agent.language.grounding import REASONS
from sre_agent.model.batch.job import BatchAnswer
from sre_agent.reports.evaluation import Evaluation, Example, Fallback, Tally

FELL_BACK: Final[dict[Fallback, str]] = {
    "dropped": "nothing was left",
    "silent": "had nothing to say",
}
LONGEST: Final = 300  # characters of an error


def show(evaluation: Evaluation) -> None:
    out = console()
    out.print(f"Summaries by {', '.join(evaluation.models) or 'no model'}, {evaluation.run}\n")
    whole = _row(evaluation.together)
    sums = ("together", *list(whole.values())[1:]) if len(evaluation.languages) > 1 else ()
    tables.show(
        out, list(whole), [list(_row(one).values()) for one in evaluation.languages], sums=sums, numbers=len(whole) - 1
    )
    examples = {one.fault: one for one in evaluation.examples}
    if cut := evaluation.together.faults:
        out.print("\nWhy sentences were dropped:")
        rows = [
            (str(times), f"{REASONS[cause]} ({cause})", _example(examples.get(cause))) for cause, times in cut.items()
        ]
        tables.show(out, ("", "the sentence", "one of them"), rows, apart=True)
    _list("Why summaries fell back to the report alone", _by_text(evaluation.together.fell_back, FELL_BACK))
    _list("Why nothing was written", evaluation.unwritten)


def _row(one: Tally) -> dict[str, str]:
    return {
        "language": one.language,
        "reports": str(one.reports),
        "used": str(one.used),
        "fell back": str(sum(one.fell_back.values()) or "-"),
        "not written": str(one.unwritten or "-"),
        "sentences": str(one.sentences),
        "picked": str(one.statements),
        "kept": str(one.accepted),
        "cut": str(one.sentences - one.accepted or "-"),
        "kept %": f"{one.accepted / one.sentences:.0%}" if one.sentences else "-",
        "calls": str(one.calls),
        "input": f"{one.input_tokens:,}",
        "output": f"{one.output_tokens:,}",
        "dollars": f"{one.dollars:.4f}",
    }


def _example(one: Example | None) -> str:
    return f"{one.sentence} ({one.incident}, {', '.join(one.cites) or 'no number'})" if one else ""


def _by_text(counts: Mapping[Fallback, int], texts: Mapping[Fallback, str]) -> dict[str, int]:
    return {texts.get(cause, cause): times for cause, times in counts.items()}


def _list(title: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    out = console()
    out.print(f"\n{title}:")
    for text, times in counts.items():
        out.print(f"  {times} × {text[:LONGEST]}", soft_wrap=True)


class EvaluationProgress:
    """How many of the accounts are there, on a terminal's standard error."""

    def __init__(self, of: int) -> None:
        self._of, self._count = of, 0
        self._status = Terminal(stderr=True).status(f"0 of {of} summaries ...")

    def on_event(self, _: BatchAnswer) -> None:
        self._count += 1
        self._status.update(f"{self._count} of {self._of} summaries ...")

    def __enter__(self) -> EvaluationProgress:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()
