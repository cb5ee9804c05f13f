"""`sre-agent aws create`: what keeps the state in AWS, at a development endpoint."""

from __future__ import annotations

import typer

from sre_agent.cli import exits
from sre_agent.cli.options import Json, WholeProfile
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import PREFIX, load

DONE = exits.meaning("done")
EXAMPLES = f"""
Examples:

  SRE_AGENT_STATE_ENDPOINT_URL=http://127.0.0.1:5000 sre-agent aws create

  eval "$(sre-agent aws create)" && sre-agent serve --profile aws

{DONE}
"""
app = typer.Typer(
    help="Tables, queue and bucket of the profile aws, for development.",
    epilog=DONE,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def group() -> None:
    """So that the verb is named although it is the only one."""


@app.command(epilog=EXAMPLES)
def create(profile: WholeProfile = "aws", as_json: Json = False) -> None:
    """Create what is missing at state_endpoint_url, and print the settings for it. In an account, Terraform does.

    The variables of the settings come on standard output, as a shell reads them.
    """
    from sre_agent.aws_services import creation  # noqa: PLC0415 - boto3

    settings = creation.create(load(profile).state_access)
    if as_json:
        say_json(settings)
        return
    for name, value in settings.items():
        say(f"export {PREFIX}{name.upper()}={value}")
