"""`sre-agent sweep`: the health of a cluster or a namespace, as causes with their symptoms; for people and for cron."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.text import Text

from mcp_servers.contract import private_files
from sre_agent.cli import exits, tables
from sre_agent.cli.connecting import Endpoint, elsewhere, open_elsewhere
from sre_agent.cli.consoles import console
from sre_agent.cli.loading import open_runtime
from sre_agent.cli.options import (
    AwsEndpoint,
    AwsProfile,
    AwsRegion,
    Cluster,
    Json,
    Kubeconfig,
    KubeContext,
    Model,
    PrometheusUrl,
    StateDir,
    WholeProfile,
    command_line,
    options_of,
    settings_of,
)
from sre_agent.cli.printing import say_json
from sre_agent.cli.readiness import ensure_ready
from sre_agent.cli.sweep_summary import SummaryOption, collect, show_summary
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.errors import BadInputError
from sre_agent.progress import Event
from sre_agent.settings import Settings, load_saved, save

MEANING = exits.meaning(
    "nothing is wrong",
    "3 something is wrong",
    "4 the summary asked for with --collect is not finished yet",
    "5 nothing wrong in what could be read",
    failed="could not run",
)
BLIND = 5  # nothing was found, and not everything could be seen
SYMPTOMS = 6  # that a table shows of one trouble

EXAMPLES = f"""
Examples:

  sre-agent sweep                     the cluster of the current kubeconfig context

  sre-agent sweep shop --json         one namespace, as JSON for a scheduled job

  sre-agent sweep --hygiene           also bad practice that breaks nothing yet

  sre-agent sweep --summary           with a few sentences by the chat model, checked against the sweep

  sre-agent sweep --summary --batch   the same at half the price, collected later: sre-agent sweep --collect JOB

{MEANING}
"""


def sweep(
    invocation: typer.Context,
    namespace: Annotated[str, typer.Argument(help="namespace; default: the whole cluster")] = "",
    hygiene: Annotated[bool, typer.Option("--hygiene", help="also bad practice that breaks nothing yet")] = False,
    profile: WholeProfile = "local",
    kubeconfig: Kubeconfig = None,
    context: KubeContext = None,
    cluster: Cluster = None,
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    aws_profile: AwsProfile = None,
    prometheus_url: PrometheusUrl = None,
    state_dir: StateDir = None,
    summary: Annotated[bool, typer.Option("--summary", help="also write a summary with the chat model")] = False,
    batch: Annotated[bool, typer.Option("--batch", help="write it with a batch job, at half the price")] = False,
    collect: Annotated[str, typer.Option(metavar="JOB", help="collect the summary that a batch job has written")] = "",
    model: Model = None,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Look over a cluster: what is wrong, one line a cause, and what is new since the last look."""
    away = elsewhere(profile, endpoint, batch=batch, collect=collect, **command_line(invocation))
    if away is not None:
        raise exits.run(_sweep_there(away, namespace, hygiene, summary, as_json), ())
    if collect:
        raise exits.run(_collect(load_saved(state_dir, profile), collect, as_json), ())
    if batch and not summary:
        raise BadInputError("A batch job writes the summary of a sweep: sre-agent sweep --summary --batch")
    settings = settings_of(invocation, profile)
    settings = ensure_ready(settings, options_of(sweep), needs=["kubernetes"])
    raise exits.run(_sweep(settings, namespace, hygiene, SummaryOption(summary, batch), as_json), ())


async def _sweep(settings: Settings, namespace: str, hygiene: bool, summarising: SummaryOption, as_json: bool) -> int:
    save(settings)
    out = console()
    async with open_runtime(settings) as runtime:
        summarising.check(runtime)
        runtime.toolbox.start()
        path = settings.state.state_dir / "sweeps" / f"{_file_name(settings.kubernetes.kube_context, namespace)}.json"
        with out.status("checking the cluster ...") as status:
            if not as_json and out.is_terminal:
                runtime.progress.listen(lambda event: status.update(_progress(event)))
            sweep = await runtime.sweeper.sweep(namespace, hygiene=hygiene, before=before(path))
        private_files.write(path, sweep.model_dump_json(indent=1))
        with out.status("writing the summary ..."):
            sweep = await summarising.summarise(runtime, sweep)
    return _show_result(sweep, as_json)


async def _sweep_there(settings: Settings, namespace: str, hygiene: bool, summary: bool, as_json: bool) -> int:
    async with open_elsewhere(settings) as connection:
        with console().status("checking the cluster ..."):
            sweep = await connection.sweep(namespace, hygiene=hygiene, summary=summary)
    return _show_result(sweep, as_json)


async def _collect(settings: Settings, job: str, as_json: bool) -> int:
    sweep = await collect(settings, job)
    return exits.WAITING if sweep is None else _show_result(sweep, as_json)


def _show_result(sweep: Sweep, as_json: bool) -> int:
    if as_json:
        say_json(sweep.model_dump_json(indent=2))
    else:
        show(sweep)
    return of(sweep)


def of(sweep: Sweep) -> int:
    """The exit status of a sweep."""
    if not sweep.healthy:
        return exits.ESCALATED
    return BLIND if sweep.gaps else exits.OK


def before(path: Path) -> Sweep | None:
    """The sweep before this one; None for the first, and for a file that an older version wrote."""
    try:
        return Sweep.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def show(sweep: Sweep) -> None:
    """A table of the troubles, and beside it what is resolved, unwise and unseen."""
    out = console()
    if sweep.summary is not None:
        show_summary(sweep.summary, out)
    out.print(sweep.statement.split("\n")[0])
    if sweep.troubles:
        headers = ("", "severity", "on", "what", "explains", "sure")
        tables.show(out, headers, [_row(trouble) for trouble in sweep.troubles], apart=True)
    for title, lines in (
        ("Resolved since the last sweep", sweep.resolved),
        ("Not checked again", [trouble.statement for trouble in sweep.unverified]),
        ("Unwise", sweep.hygiene),
        ("Not checked", sweep.gaps),
    ):
        if lines:
            out.print(f"\n{title}:")
            for line in lines:
                out.print(f"  {line}")
    out.print(f"\n{', '.join(filter(None, [f'{sweep.calls} calls', sweep.looked_at]))}", style="dim")


def _row(trouble: Trouble) -> tuple[str | Text, ...]:
    symptoms = trouble.symptoms[:SYMPTOMS]
    more = [f"and {len(trouble.symptoms) - SYMPTOMS} more"] if len(trouble.symptoms) > SYMPTOMS else []
    sure = {"cause": f"{whole_percent(trouble.confidence)}%", "unexplained": "cause unknown"}.get(trouble.verdict, "")
    change = "new" if trouble.new else f"worse: {trouble.worse}" if trouble.worse else ""
    mark = Text(change, style="bold red") if change else ""
    what = f"{trouble.failure_class}: {trouble.statement}" if trouble.failure_class else trouble.statement
    return mark, trouble.severity, trouble.subject.short, what, "\n".join([*symptoms, *more]), sure


def _progress(event: Event) -> str:
    return f"{event.name} ..." if event.kind == "call.started" else "checking the cluster ..."


def _file_name(context: str | None, namespace: str) -> str:
    return re.sub(r"[^\w.-]+", "_", f"{context or 'current'}--{namespace or 'all'}")
