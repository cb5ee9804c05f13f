"""`sre-agent deploy`: puts the responder where it is to run. Builds nothing: images and roles are there before."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import Terminal, console
from sre_agent.cli.options import AwsEndpoint, AwsProfile, AwsRegion, Json, WholeProfile, options_of, settings_of
from sre_agent.cli.printing import say, say_json
from sre_agent.clock import SystemClock
from sre_agent.errors import SettingsError, WrongOptionError
from sre_agent.preflight import aws as aws_preflight

if TYPE_CHECKING:
    from sre_agent.deployment.agentcore.account import DeploymentAccount
    from sre_agent.deployment.agentcore.plan import DeploymentPlan
    from sre_agent.deployment.agentcore.specification import RuntimeSpec

DONE = exits.meaning("done, or nothing to change", failed="could not be deployed")
EXAMPLES = f"""
Examples:

  sre-agent deploy agentcore --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/sre-agent:0.1.0
  --role arn:aws:iam::123456789012:role/sre-agent --env-file environment --plan

  sre-agent deploy agentcore --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/sre-agent:0.2.0

  eval "$(sre-agent deploy agentcore --endpoint live)" && sre-agent sweep shop

{DONE}
"""
app = typer.Typer(
    help="Deploy the responder to AgentCore Runtime.",
    epilog=DONE,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Texts = list[str] | None


@app.callback()
def group() -> None:
    """So that the place is named although it is the only one."""


@app.command(epilog=EXAMPLES)
def agentcore(
    invocation: typer.Context,
    name: Annotated[
        str, typer.Option(help="the runtime: a letter, then letters, digits and _, 48 at most")
    ] = "sre_agent",
    image: Annotated[str | None, typer.Option(help="image for linux/arm64 in ECR of the same region")] = None,
    role: Annotated[str | None, typer.Option(help="ARN of the role that it runs with")] = None,
    endpoint: Annotated[str, typer.Option(help="endpoint that is moved to the new version")] = "DEFAULT",
    env: Annotated[Texts, typer.Option(help="NAME=VALUE; a secret as secret:NAME or parameter:NAME")] = None,
    env_file: Annotated[Path | None, typer.Option(help="file with NAME=VALUE in each line")] = None,
    subnet: Annotated[Texts, typer.Option(help="subnet of a VPC that it reaches; '': no VPC")] = None,
    security_group: Annotated[Texts, typer.Option(help="security group in these subnets")] = None,
    protocol: Annotated[str | None, typer.Option(help="HTTP, MCP, A2A or AGUI; HTTP where it is new")] = None,
    discovery_url: Annotated[
        str | None, typer.Option(help="OIDC discovery of callers' tokens, as of Cognito; '': AWS credentials")
    ] = None,
    client: Annotated[Texts, typer.Option(help="OIDC client that may call")] = None,
    audience: Annotated[Texts, typer.Option(help="audience of tokens that may call")] = None,
    header: Annotated[
        Texts, typer.Option(help="request header that reaches the container, such as Authorization")
    ] = None,
    idle_seconds: Annotated[int | None, typer.Option(help="a session ends after so long without work")] = None,
    life_seconds: Annotated[int | None, typer.Option(help="a session ends after so long")] = None,
    description: Annotated[str | None, typer.Option(help="what the console shows")] = None,
    tag: Annotated[Texts, typer.Option(help="NAME=VALUE; other tags stay")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="only show what would change")] = False,
    wait_seconds: Annotated[int, typer.Option(min=1, help="how long it is waited for")] = 900,
    profile: WholeProfile = "local",
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    aws_profile: AwsProfile = None,
    as_json: Json = False,
) -> None:
    """Create or update a runtime of Amazon Bedrock AgentCore, and wait until it is ready.

    What you do not name stays as it is; a list that you name replaces the one there, and '' empties it. Prints the ARN
    for AGENT_RUNTIME_ARN on standard output, as a shell reads it.
    """
    from sre_agent.deployment.agentcore.environment import read_environment  # noqa: PLC0415 - boto3
    from sre_agent.deployment.agentcore.specification import RuntimeSpec  # noqa: PLC0415

    aws = settings_of(invocation, profile).aws
    if problems := aws_preflight.problems(aws, options_of(agentcore)):
        raise SettingsError(" ".join(problems))
    spec = RuntimeSpec(
        name=name,
        image=image,
        role=role,
        endpoint=endpoint,
        description=description,
        environment=read_environment(env_file, env or ()) if env or env_file else None,
        subnets=_list(subnet),
        security_groups=_list(security_group),
        protocol=protocol,
        discovery_url=discovery_url,
        clients=_list(client),
        audiences=_list(audience),
        headers=_list(header),
        idle_seconds=idle_seconds,
        life_seconds=life_seconds,
        tags=dict(_tag(one) for one in tag or ()),
    )
    raise exits.run(_agentcore(spec, aws, None if plan else wait_seconds, as_json=as_json), under_way=())


async def _agentcore(spec: RuntimeSpec, aws: Any, seconds: int | None, *, as_json: bool) -> int:
    """`seconds`: how long it is waited for; None: only the plan."""
    from sre_agent.deployment.agentcore.account import DeploymentAccount  # noqa: PLC0415 - boto3

    account = DeploymentAccount(aws)
    try:
        if seconds is None:
            return _show_plan(account, spec, as_json=as_json)
        return await _deploy(account, spec, seconds, as_json=as_json)
    finally:
        account.close()


def _show_plan(account: DeploymentAccount, spec: RuntimeSpec, *, as_json: bool) -> int:
    from sre_agent.deployment.agentcore.plan import make_plan  # noqa: PLC0415 - boto3

    plan = make_plan(account, spec)
    if as_json:
        say_json(_json(plan))
    else:
        _show(plan, console())
        for one in plan.unmet:
            say(f"In its way: {one}")
    return exits.FAILED if plan.unmet else exits.OK


async def _deploy(account: DeploymentAccount, spec: RuntimeSpec, seconds: int, *, as_json: bool) -> int:
    from sre_agent.deployment.agentcore.rollout import RuntimeRollout  # noqa: PLC0415 - boto3

    clock = SystemClock()
    deadline = clock.now() + timedelta(seconds=seconds)

    def show(plan: DeploymentPlan) -> None:
        if not as_json:
            _show(plan, console(stderr=True))

    ready = await RuntimeRollout(account, spec, clock, deadline, show, partial(say, err=True)).run()
    if as_json:
        runtime = {"id": ready.runtime.id, "version": ready.runtime.version, "state": ready.runtime.status}
        say_json(_json(ready.plan) | runtime | {"arn": ready.arn})
        return exits.OK
    say(f"export AGENT_RUNTIME_ARN={ready.arn}")
    return exits.OK


def _show(plan: DeploymentPlan, out: Terminal) -> None:
    if not plan.all_changes:
        out.print(f"Nothing to change: the runtime {plan.spec.name} is as it is to be.")
        return
    rows = [(one.what, one.before, one.after) for one in plan.all_changes]
    tables.show(out, (f"runtime {plan.spec.name}", "now", "then"), rows)


def _json(plan: DeploymentPlan) -> dict[str, Any]:
    present = plan.present
    return {
        "runtime": plan.spec.name,
        "endpoint": plan.spec.endpoint,
        "id": present.id if present else None,
        "version": present.version if present else None,
        "state": present.status if present else None,
        "changes": [{"what": one.what, "before": one.before, "after": one.after} for one in plan.all_changes],
        "in_its_way": [one.json() for one in plan.unmet],
    }


def _list(values: Texts) -> tuple[str, ...] | None:
    """Typer gives an empty list where nothing is named."""
    return tuple(one for one in values if one) if values else None


def _tag(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise WrongOptionError(f"--tag {text!r} is no tag: write NAME=VALUE.")
    return name, value
