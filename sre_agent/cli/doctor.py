"""`sre-agent doctor`: whether what the responder needs is there, and in words what to do where it is not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.options import (
    AwsEndpoint,
    AwsProfile,
    AwsRegion,
    Json,
    Kubeconfig,
    KubeContext,
    PrometheusUrl,
    StateDir,
    WholeProfile,
    options_of,
    settings_of,
)
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.model.checkup import ModelCheck

EXAMPLES = """
Examples:

  sre-agent doctor                            cluster and rights, AWS, Prometheus, clock, traces, port and more

  sre-agent doctor --kubeconfig FILE --context NAME --aws-region eu-west-1 --json

  sre-agent doctor --model                    the configured models, or what Bedrock would use

  SRE_AGENT_MODEL=openai:gpt-5 sre-agent doctor --model

Exit status: 0 what is configured works, 1 something does not. With --model: 0 every tier has a model that answers,
1 a tier has none.
"""
MARKS = {
    "ok": ("ok", "green"),
    "failed": ("failed", "red"),
    "absent": ("not set up", "dim"),
    "note": ("note", "yellow"),
}


def doctor(
    invocation: typer.Context,
    models: Annotated[bool, typer.Option("--model", help="only send each chat model one small request")] = False,
    profile: WholeProfile = "local",
    kubeconfig: Kubeconfig = None,
    context: KubeContext = None,
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    aws_profile: AwsProfile = None,
    prometheus_url: PrometheusUrl = None,
    state_dir: StateDir = None,
    as_json: Json = False,
) -> None:
    """Check what the responder needs: cluster, rights, AWS, Prometheus, clock, traces, port and more; or the models."""
    settings = settings_of(invocation, profile)
    if not models:
        raise typer.Exit(_systems(settings, as_json))
    from sre_agent.model.checkup import check, to_be_checked  # noqa: PLC0415 - `--help` does not need langchain

    access = to_be_checked(settings.model_access)
    checks = asyncio.run(check(access, lambda line: say(line, err=True)))
    if as_json:
        say_json([one.model_dump() for one in checks])
    else:
        _show(checks, configured=settings.models.model != "none")
    tiers = {one.tier for one in checks}
    raise typer.Exit(exits.OK if tiers == {one.tier for one in checks if one.answers} else exits.FAILED)


def _systems(settings: Settings, as_json: bool) -> int:
    """Everything but the models, as a table or as JSON; the exit status."""
    from sre_agent.cli import checkup  # noqa: PLC0415 - it loads the responder

    rows = asyncio.run(checkup.check(settings, options_of(doctor)))
    if as_json:
        say_json([row.plain for row in rows])
    else:
        several = any(row.cluster for row in rows)
        table_rows = [
            (*((row.cluster,) if several else ()), row.what, Text(*MARKS[row.state]), row.request, row.result, row.do)
            for row in rows
        ]
        headers = ("what", "", "asked", "came", "fix")
        tables.show(console(), ("cluster", *headers) if several else headers, table_rows)
    return exits.FAILED if checkup.fails(rows) else exits.OK


def _show(model_checks: list[ModelCheck], *, configured: bool) -> None:
    if not configured:
        say("No chat model is configured; everything works without one. This checks what SRE_AGENT_MODEL=bedrock")
        say("would use.\n")
    out = console()
    table = Table("tier", "model", "", show_lines=any(one.do for one in model_checks))
    for one in model_checks:
        mark = ("answers", "green") if one.answers else ("does not answer", "red")
        words = one.says.removeprefix("answers: ") if one.answers else f"{one.says}\n{one.do}".strip()
        table.add_row(one.tier if one.first else "  then", one.model, Text.assemble(mark, f"  {words}"))
    out.print(table)
    for tier in dict.fromkeys(one.tier for one in model_checks):
        if not any(one.answers for one in model_checks if one.tier == tier):
            say(f"The {tier} tier has no model that answers; whatever needs it runs without a model.")
