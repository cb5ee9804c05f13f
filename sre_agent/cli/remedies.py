"""`sre-agent remedies`: what can be done about each failure class, how far the policies let it run, and who acts where
nothing can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.options import Json, Profile
from sre_agent.cli.printing import say, say_json
from sre_agent.errors import AbsentError
from sre_agent.settings import load

if TYPE_CHECKING:
    from sre_agent.diagnosis.remedy_table import RemedyRow
    from sre_agent.policy import Policy

EXAMPLES = f"""
Examples:

  sre-agent remedies                          every failure class

  sre-agent remedies oom_killed               one failure class, and who acts where its remedy does not fit

  sre-agent remedies --policies ./policies    under policies of your own

  sre-agent remedies --json

{exits.LISTED}
"""
# `allow` needs the level `autonomous` as well, `approve` the level `approve`.
RUNS: Final = {"allow": "unattended, at autonomous", "approve": "with approval", "deny": "never: a policy forbids it"}


def remedies(
    failure_class: Annotated[str, typer.Argument(help="only this failure class")] = "",
    policies: Annotated[str | None, typer.Option(help="shipped policy set, or a folder of .cedar files")] = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """List the remedies of each failure class: the tool, the most that the policies allow it, and its undo. Where
    there is none, the list says who acts."""
    from sre_agent.diagnosis.remedy_table import remedy_rows  # noqa: PLC0415 - `--help` needs no catalogue
    from sre_agent.failures.catalogue import load as catalogue  # noqa: PLC0415
    from sre_agent.policy import open_policy  # noqa: PLC0415

    settings = load(profile, policies=policies)
    policy = open_policy(settings.policy.policies, limits=settings.policy.limits)
    classes = catalogue(settings.knowledge.failure_folders)
    if failure_class and failure_class not in classes:
        raise AbsentError(f"There is no failure class {failure_class!r}. List them: sre-agent remedies")
    rows = list(remedy_rows([classes[failure_class]] if failure_class else classes))
    verdicts = {row: best_verdict(policy, row) if row.tool else "" for row in rows}
    if as_json:
        say_json([{**row.model_dump(mode="json"), "verdict": verdict} for row, verdict in verdicts.items()])
        return
    cells = [
        (row.failure_class, row.remedy or "none", row.tool, RUNS.get(verdict, ""), _undo(row), row.owner or "")
        for row, verdict in verdicts.items()
    ]
    headers = ("failure class", "remedy", "tool", "runs", "undo", "otherwise")
    tables.show(console(), headers, cells)
    if failure_class and rows[0].unfixable_note:
        say(f"Where no remedy fits ({rows[0].owner}): {rows[0].unfixable_note}")


def best_verdict(policy: Policy, row: RemedyRow) -> str:
    """What the policies say of it where all that they may ask is at its best: allow, approve or deny."""
    from sre_agent.policy.question import PolicyQuestion  # noqa: PLC0415

    question = PolicyQuestion(
        server=row.server,
        tool=row.tool,
        failure_class=row.failure_class,
        confidence=0.99,
        reversible=row.reversible,
        has_undo=row.reversible,
        template_ran=True,
        template_ran_seconds_ago=0,
        replicas=0,
        ready_share=0,
        nodes=0,
        callers=0,
        instances=0,
        databases=0,
        messages=0,
    )
    return policy.decide(question.action(), severity=question.severity).verdict


def _undo(row: RemedyRow) -> str:
    if not row.tool:
        return ""
    return "yes" if row.reversible else "no"
