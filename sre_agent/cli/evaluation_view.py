"""An evaluation as people read it: what was told and what of it held, why the rest was cut, with an example each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sre_agent.cli import tables
from sre_agent.cli.consoles import Terminal, console
from sre_agent.model.batch.job import BatchAnswer
from sre_agent.reports.account import Cut, Fallback
from sre_agent.reports.evaluation import Evaluation, Example, Tally

CUTS: Final[dict[Cut, str]] = {
    "reference": "does not say which sentences of the report it retells, or too many",
    "language": "is in another language",
    "length": "is much longer than what it retells",
    "quotation": "quotes what does not stand there",
    "name": "names what does not stand there",
    "number": "has a number, a unit or a share that does not stand there",
    "roles": "says of one what stands there of another",
    "ending": "says of what goes on that it is over",
    "sense": "turns or loses a not or a perhaps, or says that something works",
    "subject": "tells of another cause, person, act or advice",
    "bare": "has no name, number or time",
    "empty": "is empty",
}
FELL_BACK: Final[dict[Fallback, str]] = {
    "cut": "more than a third of its sentences were cut",
    "verdict": "left out the verdict",
    "language": "was in another language",
    "silent": "had nothing to say",
}
LONGEST: Final = 300  # characters of an error


def show(found: Evaluation) -> None:
    out = console()
    out.print(f"Accounts by {', '.join(found.models) or 'no model'}, {found.run}\n")
    whole = _row(found.together)
    sums = ("together", *list(whole.values())[1:]) if len(found.languages) > 1 else ()
    tables.show(
        out, list(whole), [list(_row(one).values()) for one in found.languages], sums=sums, numbers=len(whole) - 1
    )
    examples = {one.cut: one for one in found.examples}
    if cut := found.together.cut:
        out.print("\nWhy sentences were cut:")
        rows = [(str(times), _why(cause, CUTS), _example(examples.get(cause))) for cause, times in cut.items()]
        tables.show(out, ("", "the sentence", "one of them"), rows, apart=True)
    _list("Why accounts fell back to the responder's own words", _named(found.together.fell_back, FELL_BACK))
    _list("Why nothing was written", found.unwritten)


def _row(one: Tally) -> dict[str, str]:
    return {
        "language": one.language,
        "reports": str(one.reports),
        "used": str(one.used),
        "fell back": str(sum(one.fell_back.values()) or "-"),
        "not written": str(one.unwritten or "-"),
        "sentences": str(one.told),
        "kept": str(one.kept),
        "cut": str(one.told - one.kept or "-"),
        "kept %": f"{one.kept / one.told:.0%}" if one.told else "-",
        "calls": str(one.calls),
        "input": f"{one.input_tokens:,}",
        "output": f"{one.output_tokens:,}",
        "dollars": f"{one.dollars:.4f}",
    }


def _example(one: Example | None) -> str:
    return f"{one.sentence} ({one.incident}, {', '.join(one.restates) or 'no number'})" if one else ""


def _why(cause: Cut, known: Mapping[Cut, str]) -> str:
    return f"{known.get(cause, cause)} ({cause})"


def _named(counts: Mapping[Fallback, int], known: Mapping[Fallback, str]) -> dict[str, int]:
    return {known.get(cause, cause): times for cause, times in counts.items()}


def _list(title: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    out = console()
    out.print(f"\n{title}:")
    for text, times in counts.items():
        out.print(f"  {times} × {text[:LONGEST]}", soft_wrap=True)


class Progress:
    """How many of the accounts are there, on a terminal's standard error."""

    def __init__(self, of: int) -> None:
        self._of, self._done = of, 0
        self._status = Terminal(stderr=True).status(f"0 of {of} accounts ...")

    def heard(self, _: BatchAnswer) -> None:
        self._done += 1
        self._status.update(f"{self._done} of {self._of} accounts ...")

    def __enter__(self) -> Progress:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()
