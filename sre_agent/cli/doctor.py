"""`sre-agent doctor`: whether what the responder needs is there, and in words what to do where it is not."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sre_agent.cli import exits
from sre_agent.cli.view import console
from sre_agent.errors import BadInputError
from sre_agent.settings import load

if TYPE_CHECKING:
    from sre_agent.model.checkup import Checked

EXAMPLES = """
Examples:

  sre-agent doctor --model                    the models of the settings, or what Bedrock would be

  SRE_AGENT_MODEL=openai:gpt-5 sre-agent doctor --model

Exit status: 0 each tier has a model that answers, 1 one has none.
"""


def doctor(
    model: Annotated[bool, typer.Option("--model", help="ask each chat model one small thing")] = False,
    profile: Annotated[str, typer.Option(help="settings profile: aws, or a TOML file")] = "aws",
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Check what the responder needs: credentials, region and access to the chat models."""
    from sre_agent.model.checkup import check, to_be_checked  # noqa: PLC0415 - `--help` does not need langchain

    if not model:
        raise BadInputError("Say what to check: sre-agent doctor --model")
    settings = load(profile)
    meant = to_be_checked(settings)
    found = asyncio.run(check(meant, lambda line: print(line, file=sys.stderr, flush=True)))
    if as_json:
        print(json.dumps([one.model_dump() for one in found], indent=2))
    else:
        _show(found, configured=settings.model != "none")
    tiers = {one.tier for one in found}
    raise typer.Exit(exits.OK if tiers == {one.tier for one in found if one.answers} else exits.FAILED)


def _show(found: list[Checked], *, configured: bool) -> None:
    if not configured:
        print("No chat model is configured, and everything works without one. Checked is what SRE_AGENT_MODEL=bedrock")
        print("would use.\n")
    out = console()
    table = Table("tier", "model", "", show_lines=any(one.do for one in found))
    for one in found:
        mark = "[green]answers[/]" if one.answers else "[red]does not answer[/]"
        words = one.says.removeprefix("answers: ") if one.answers else f"{one.says}\n{one.do}".strip()
        table.add_row(one.tier if one.first else "  then", escape(one.model), f"{mark}  {escape(words)}")
    out.print(table)
    for tier in dict.fromkeys(one.tier for one in found):
        if not any(one.answers for one in found if one.tier == tier):
            print(f"The {tier} tier has no model that answers; what needs it goes on without a model.")
