"""`sre-agent sweep`: the health of a cluster or a namespace, as causes with their symptoms; for people and for cron."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import ValidationError
from rich.status import Status

from mcp_servers.contract import private_files
from sre_agent.cli import exits
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
from sre_agent.cli.readiness import ensure_ready
from sre_agent.cli.sweep_summary import SummaryOption, collect
from sre_agent.cli.sweep_view import show_sweeps
from sre_agent.domain.base import Severity
from sre_agent.domain.sweep import Sweep
from sre_agent.errors import BadInputError, ToolsUnavailableError
from sre_agent.progress import Event
from sre_agent.settings import Settings, load_saved, save

if TYPE_CHECKING:
    from sre_agent.compose import Runtime

MEANING = exits.meaning(
    "nothing is wrong",
    "3 something is wrong",
    "4 the summary asked for with --collect is not finished yet",
    "5 nothing wrong in what could be read",
    failed="could not run",
)
BLIND = 5  # nothing was found, and not everything could be seen
Form = Literal["table", "json", "markdown", "junit", "sarif"]

EXAMPLES = f"""
Examples:

  sre-agent sweep                     the cluster of the current kubeconfig context

  sre-agent sweep shop --json         one namespace, as JSON for a scheduled job

  sre-agent sweep --all-clusters --format junit --fail-on SEV2 > sweep.xml   for a build server

  sre-agent sweep --hygiene           also bad practice that has not broken anything yet

  sre-agent sweep --summary           with a few sentences by the chat model, checked against the sweep

  sre-agent sweep --summary --batch   the same at half the price, collected later: sre-agent sweep --collect JOB

{MEANING}
"""


@dataclass(frozen=True)
class _View:
    """How the sweep is shown, and from which severity on it fails."""

    form: Form
    fail_on: Severity


def sweep(
    invocation: typer.Context,
    namespace: Annotated[str, typer.Argument(help="namespace; default: the whole cluster")] = "",
    hygiene: Annotated[
        bool, typer.Option("--hygiene", help="also bad practice that has not broken anything yet")
    ] = False,
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
    all_clusters: Annotated[
        bool, typer.Option("--all-clusters", help="every cluster in the setting `clusters`, one section each")
    ] = False,
    output: Annotated[
        Form, typer.Option("--format", help="table, json, markdown, junit, or sarif for code scanning")
    ] = "table",
    fail_on: Annotated[
        Severity, typer.Option(help="least severity that makes the exit status 3; SEV4: notes, too")
    ] = "SEV3",
    as_json: Json = False,
) -> None:
    """Check a cluster: what is wrong, one line per cause, and what is new since the last sweep."""
    view = _View("json" if as_json else output, fail_on)
    away = elsewhere(profile, endpoint, batch=batch, collect=collect, **command_line(invocation))
    if away is not None:
        raise exits.run(_sweep_there(away, namespace, hygiene, summary, view), ())
    if collect:
        raise exits.run(_collect(load_saved(state_dir, profile), collect, view), ())
    if batch and not summary:
        raise BadInputError("A batch job writes the summary of a sweep: sre-agent sweep --summary --batch")
    settings = settings_of(invocation, profile)
    settings = ensure_ready(settings, options_of(sweep), needs=["kubernetes"])
    clusters = list(settings.cluster_table.clusters) if all_clusters else []
    raise exits.run(_sweep(settings, namespace, clusters, hygiene, SummaryOption(summary, batch), view), ())


async def _sweep(
    settings: Settings, namespace: str, clusters: Sequence[str], hygiene: bool, summarising: SummaryOption, view: _View
) -> int:
    from sre_agent.sweep.sweeper import unanswered_sweep  # noqa: PLC0415 - the agents

    save(settings)
    out = console()
    sweeps: list[Sweep] = []
    failures: dict[str, ToolsUnavailableError] = {}  # by cluster
    async with open_runtime(settings) as runtime:
        summarising.check(runtime)
        for cluster in clusters or ("",):
            there = _at(runtime, cluster)
            there.toolbox.start()
            name = cluster or settings.kubernetes.kube_context
            path = settings.state.state_dir / "sweeps" / f"{_file_name(name, namespace)}.json"
            with out.status(f"checking {cluster or 'the cluster'} ...") as status:
                if view.form == "table" and out.is_terminal:
                    there.progress.listen(partial(_show_progress, status))
                earlier = before(path)
                try:
                    sweep = await there.sweeper.sweep(namespace, hygiene=hygiene, before=earlier, cluster=cluster)
                except ToolsUnavailableError as problem:
                    failures[cluster] = problem
                    sweeps.append(unanswered_sweep(cluster, namespace, there.clock.now(), str(problem)))
                    continue  # what was known of it stays as it is, and the others are read
            private_files.write(path, sweep.model_dump_json(indent=1))
            await _keep_grades(runtime, sweep, earlier)
            with out.status("writing the summary ..."):
                sweeps.append(await summarising.summarise(there, sweep))
    if len(failures) == len(sweeps):
        raise next(iter(failures.values()))
    return _show_result(sweeps, view)


def _at(runtime: Runtime, cluster: str) -> Runtime:
    """What leads to one of several clusters; empty: to the one that is meant anyway."""
    from sre_agent.compose import at_cluster  # noqa: PLC0415

    return at_cluster(runtime, cluster) if cluster else runtime


async def _keep_grades(runtime: Runtime, sweep: Sweep, earlier: Sweep | None) -> None:
    from sre_agent.sweep.grading import changes  # noqa: PLC0415 - the agents

    await runtime.store.keep_namespace_grades(changes(sweep, earlier))


async def _sweep_there(settings: Settings, namespace: str, hygiene: bool, summary: bool, view: _View) -> int:
    async with open_elsewhere(settings) as connection:
        with console().status("checking the cluster ..."):
            sweep = await connection.sweep(namespace, hygiene=hygiene, summary=summary)
    return _show_result([sweep], view)


async def _collect(settings: Settings, job: str, view: _View) -> int:
    sweep = await collect(settings, job)
    return exits.WAITING if sweep is None else _show_result([sweep], view)


def _show_result(sweeps: Sequence[Sweep], view: _View) -> int:
    show_sweeps(sweeps, view.form)
    statuses = [of(sweep, view.fail_on) for sweep in sweeps]
    return next((one for one in (exits.ESCALATED, BLIND) if one in statuses), exits.OK)


def of(sweep: Sweep, fail_on: Severity = "SEV3") -> int:
    """The exit status of a sweep: what is of less than this severity is told, and fails nothing."""
    if any(trouble.severity <= fail_on for trouble in sweep.troubles):
        return exits.ESCALATED
    return BLIND if sweep.gaps else exits.OK


def before(path: Path) -> Sweep | None:
    """The sweep before this one; None for the first, and for a file that an older version wrote."""
    try:
        return Sweep.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _show_progress(status: Status, event: Event) -> None:
    status.update(f"{event.name} ..." if event.kind == "call.started" else "checking the cluster ...")


def _file_name(context: str | None, namespace: str) -> str:
    return re.sub(r"[^\w.-]+", "_", f"{context or 'current'}--{namespace or 'all'}")
