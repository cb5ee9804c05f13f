"""`sre-agent mcp`: each MCP server by one command, as registries of MCP servers and `uvx sre-agent` start them."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from sre_agent.cli import exits

app = typer.Typer(
    help="Run one of the MCP servers, for any MCP client.",
    epilog=exits.meaning("the client disconnected"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
# Every option, --help too, is the server's own.
PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@app.command(context_settings=PASSED_ON)
def kubernetes(context: typer.Context) -> None:
    """Kubernetes clusters: find, explain, triage, logs, changes; writes only with a permit."""
    _serve("kubernetes", context.args)


@app.command(context_settings=PASSED_ON)
def cloudwatch(context: typer.Context) -> None:
    """Alarms, metrics, logs and X-Ray's service graph of an AWS account, read-only."""
    _serve("cloudwatch", context.args)


@app.command(context_settings=PASSED_ON)
def prometheus(context: typer.Context) -> None:
    """Series, alerts and rules of a Prometheus and its Alertmanager, read-only."""
    _serve("prometheus", context.args)


@app.command(context_settings=PASSED_ON)
def ssm(context: typer.Context) -> None:
    """Systems Manager runbooks, OpsItems and parameters; starts a runbook only with a permit."""
    _serve("ssm", context.args)


def _serve(name: str, arguments: list[str]) -> None:
    """Serve until the client leaves. By name, as other processes start it: the responder never imports a server."""
    sys.argv = [f"sre-agent mcp {name}", *arguments]
    import_module(f"mcp_servers.{name}.__main__").main()
