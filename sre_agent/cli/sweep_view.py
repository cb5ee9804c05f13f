"""A sweep in a terminal: what is new or worse as a table, what is known in a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from sre_agent.cli import tables
from sre_agent.cli.consoles import console
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.sweep_summary import show_summary
from sre_agent.domain.namespace_grade import GRADE_RULE, NamespaceGrade
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.sweep import Sweep, Trouble

SYMPTOMS: Final = 6  # that a table shows of one trouble
FORMATS: Final = ("table", "json", "markdown", "junit", "sarif")


def show_sweeps(sweeps: Sequence[Sweep], form: str) -> None:
    """One of `FORMATS`. As JSON one sweep is an object, and several are a list."""
    match form:
        case "json" if len(sweeps) == 1:
            say_json(sweeps[0].model_dump_json(indent=2))
        case "json":
            say_json(f"[{','.join(sweep.model_dump_json(indent=2) for sweep in sweeps)}]")
        case "table":
            for sweep in sweeps:
                show(sweep)
        case _:
            say(_as_text(sweeps, form))


def _as_text(sweeps: Sequence[Sweep], form: str) -> str:
    from sre_agent.sweep.formats import junit, markdown, sarif  # noqa: PLC0415 - the agents, which a table does not need

    by_form = {"junit": junit.text, "markdown": markdown.text, "sarif": sarif.text}
    return by_form[form](sweeps).rstrip("\n")


def show(sweep: Sweep) -> None:
    """The troubles, and beside them what is known, over, left out and unseen."""
    out = console()
    if sweep.summary is not None:
        show_summary(sweep.summary, out)
    out.print(sweep.statement.split("\n")[0])
    if rows := [_row(one) for one in sweep.troubles if one.is_news]:
        tables.show(out, ("", "severity", "on", "what", "explains", "sure"), rows, apart=True)
    for title, lines in sweep.sections:
        out.print(f"\n{title}:")
        for line in lines:
            out.print(f"  {line}")
    _show_grades(sweep.grades, out)
    out.print(f"\n{', '.join(filter(None, [f'{sweep.calls} calls', sweep.looked_at]))}", style="dim")


def _show_grades(grades: Sequence[NamespaceGrade], out: Console) -> None:
    if not grades:
        return
    well = sum(one.grade == "A" for one in grades)
    others = [f"{one.namespace} {one.grade}" for one in grades if one.grade != "A"]
    out.print(f"\nGrades: {', '.join([*others, *([f'{well} of {len(grades)} namespaces A'] if well else [])])}")
    out.print(f"  {GRADE_RULE}", style="dim")


def _row(trouble: Trouble) -> tuple[str | Text, ...]:
    symptoms = trouble.symptoms[:SYMPTOMS]
    more = [f"and {len(trouble.symptoms) - SYMPTOMS} more"] if len(trouble.symptoms) > SYMPTOMS else []
    sure = {"cause": f"{whole_percent(trouble.confidence)}%", "unexplained": "cause unknown"}.get(trouble.verdict, "")
    change = Text("new" if trouble.new else f"worse: {trouble.worse}", style="bold red")
    what = f"{trouble.failure_class}: {trouble.statement}" if trouble.failure_class else trouble.statement
    return change, trouble.severity, trouble.subject.short, what, "\n".join([*symptoms, *more]), sure
