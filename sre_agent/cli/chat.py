"""`sre-agent chat`: questions about the live system, one by one or in a conversation."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits, line_editing
from sre_agent.cli.chat_loop import ChatRequest, converse
from sre_agent.cli.chat_responder import ChatResponder
from sre_agent.cli.cluster_conversation import dialogue_over
from sre_agent.cli.connecting import Endpoint, elsewhere, open_elsewhere
from sre_agent.cli.embedded import lab_settings, require_lab
from sre_agent.cli.loading import open_runtime
from sre_agent.cli.options import (
    AwsEndpoint,
    AwsRegion,
    Cluster,
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
from sre_agent.cli.printing import say
from sre_agent.cli.readiness import ensure_ready
from sre_agent.cli.scenarios import lab_error, require_scenario
from sre_agent.cli.sessions import session_of
from sre_agent.cli.talks import LocalTalk
from sre_agent.cli.view import Approval, IncidentView, PlainView, SilentView, operator
from sre_agent.event_lines import event_line
from sre_agent.progress import Event
from sre_agent.settings import Settings, load, save

if TYPE_CHECKING:
    from sre_agent.chat import Conversation, Dialogue, ResponderActions
    from sre_agent.chat.model import Listener
    from sre_agent.chat_sessions import CurrentTurn
    from sre_agent.compose import Runtime

MEANING = exits.meaning(
    "answered", "3 an incident was escalated", "4 waiting for approval", "5 no answer (the text says why)"
)
LAB = "payday-evening"
EXAMPLES = f"""
Examples:

  sre-agent chat                                        a conversation about the cluster of the current context

  sre-agent chat --lab payday-evening                   about the embedded lab; the default without a kubeconfig

  sre-agent chat "why is settlement not ready"          one question

  echo "which pods restarted" | sre-agent chat --json   from a pipe, one question per line, answers as JSON

  sre-agent chat --endpoint https://sre-agent.example.com "is shop healthy"   asked of a service

  sre-agent chat --resume last                          go on with the conversation before this one

  sre-agent chat --profile local "what changed in shop since 14:00"

  sre-agent chat --model bedrock "Warum ist settlement nicht bereit?"

{MEANING}
"""


def chat(
    invocation: typer.Context,
    question: Annotated[str, typer.Argument(help="one question; omit it for a conversation (or a pipe)")] = "",
    profile: WholeProfile = "",
    lab: Annotated[str, typer.Option(help="scenario of the embedded lab, by name or file, instead of a cluster")] = "",
    kubeconfig: Kubeconfig = None,
    context: KubeContext = None,
    cluster: Cluster = None,
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    prometheus_url: PrometheusUrl = None,
    state_dir: StateDir = None,
    approve: Annotated[Approval, typer.Option(help="who answers approval questions")] = "ask",
    model: Model = None,
    endpoint: Endpoint = None,
    resume: Annotated[str, typer.Option(help="go on with a conversation: its id, the start of it, or last")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print each answer as JSON")] = False,
) -> None:
    """Ask about the live system: what is wrong, how many of something, logs, changes, metrics, runbooks."""
    request = ChatRequest(question, approve, as_json, resume)
    away = elsewhere(profile, endpoint, lab=lab, **command_line(invocation))
    if away is not None:
        raise exits.run(_talk_there(away, request), ())
    if not lab and (profile or kubeconfig or _cluster_at_hand()):
        settings = settings_of(invocation, profile or "local")
        settings = ensure_ready(settings, options_of(chat))
        under_way: list[str] = []
        raise exits.run(_talk(settings, request, under_way), under_way)
    ensure_ready(load(profile or "embedded", model=model), options_of(chat), in_lab=True)
    if not lab and not as_json:
        say(f"No kubeconfig found; using the embedded lab, {LAB}.", err=True)
    with _lab(lab or LAB, state_dir, model) as settings:
        in_lab = replace(request, outlasts=state_dir is not None)
        exit_ = exits.run(_talk(settings, in_lab, []), ())  # all ends with the lab
    if exit_.exit_code == exits.WAITING:
        say("The lab has ended, so a later approval has nothing to change.", err=True)
    raise exit_


def _cluster_at_hand() -> bool:
    """Whether kubectl would find a cluster: by its variable, its file, or inside a pod."""
    kubeconfig = os.environ.get("KUBECONFIG") or os.environ.get("KUBERNETES_SERVICE_HOST")
    return bool(kubeconfig) or (Path.home() / ".kube" / "config").is_file()


@contextmanager
def _lab(scenario: str, state_dir: Path | None, model: str | None) -> Iterator[Settings]:
    """The embedded lab for as long as the conversation lasts."""
    from sre_lab.process import LabError, start_lab  # noqa: PLC0415 - only where no cluster is named

    require_lab()
    require_scenario(scenario)
    with tempfile.TemporaryDirectory(prefix="sre-agent-chat-") as folder:
        try:
            with start_lab(scenario, follow_wall=True, folder=Path(folder) / "lab") as lab:
                yield lab_settings(lab, state_dir or Path(folder) / "state", model=model)
        except LabError as problem:
            raise lab_error(f"The lab {scenario!r} did not start", problem) from problem


async def _talk(settings: Settings, request: ChatRequest, under_way: list[str]) -> int:
    from sre_agent.chat_sessions import ChatSessions  # noqa: PLC0415 - `--help` does not need it

    save(settings)
    async with open_runtime(settings) as runtime:
        listener = _follower(request.as_json) if runtime.models.configured else None
        if runtime.models.configured:
            runtime.progress.listen(_warn)
        view = SilentView() if request.as_json else PlainView()
        respondent = ChatResponder(runtime, view, request.approval, under_way)

        def about(there: Runtime, cluster: str) -> Dialogue:
            return conversation_by(there, respondent, listener)

        def dialogue(turn: CurrentTurn) -> Dialogue:
            return dialogue_over(runtime, about, respondent.go_to)

        session = await session_of(respondent.connection, request.resume)
        talk = LocalTalk(ChatSessions(runtime.store, runtime.clock, dialogue), session, respondent)
        return await converse(talk, request, settings.state.state_dir / line_editing.HISTORY)


async def _talk_there(settings: Settings, request: ChatRequest) -> int:
    from sre_agent.cli.remote_talk import RemoteTalk  # noqa: PLC0415 - the HTTP client

    async with open_elsewhere(settings) as connection:
        session = await session_of(connection, request.resume)
        view = SilentView() if request.as_json else PlainView()
        talk = RemoteTalk(connection, session, view, request.approval, _follower(request.as_json))
        return await converse(talk, request)


def conversation(
    runtime: Runtime,
    view: IncidentView,
    approval: Approval,
    listener: Listener | None = None,
    under_way: list[str] | None = None,
) -> Conversation:
    """A conversation over an open runtime: what it looks into, and what it mends, goes the way of every incident.

    `listener` follows the answers of a chat model, where one is configured. `under_way` are the incidents that are
    open at the moment.
    """
    return conversation_by(runtime, ChatResponder(runtime, view, approval, under_way), listener)


def conversation_by(runtime: Runtime, respondent: ResponderActions, listener: Listener | None) -> Conversation:
    """The same, where incidents and sweeps go another way."""
    from sre_agent.agents.roster import roster  # noqa: PLC0415 - `--help` does not need it
    from sre_agent.chat import Conversation, IncidentHistory  # noqa: PLC0415
    from sre_agent.chat.model import Assistant  # noqa: PLC0415
    from sre_agent.preflight import aws  # noqa: PLC0415

    assistant = None
    if runtime.models.configured:
        assistant = Assistant(
            runtime.models,
            roster(),
            runtime.toolbox,
            name=f"chat-{runtime.clock.now():%Y%m%dT%H%M%S}",
            user=operator(runtime.settings.approvals.operator),
            listener=listener,
        )
    history = IncidentHistory(runtime.store, runtime.settings.memory, runtime.settings.kubernetes.cluster)
    region = aws.region_of(runtime.settings.aws)
    return Conversation(runtime.toolbox, runtime.clock, respondent, history, assistant, region)


def _warn(event: Event) -> None:
    """Of all that happens only what a person has to know at once, as that a budget is nearly used up."""
    if event.kind == "warning":
        say(event_line(event), err=True)


def _follower(as_json: bool) -> Listener | None:
    """Who shows on a terminal how an answer comes about: where the answer goes into a pipe or is JSON, beside it."""
    from sre_agent.cli.consoles import Terminal  # noqa: PLC0415 - rich; `--help` does not need it
    from sre_agent.cli.follower import Follower  # noqa: PLC0415

    consoles = [Terminal(stderr=stderr) for stderr in ([True] if as_json else [False, True])]
    return next((Follower(one) for one in consoles if one.is_terminal and not one.is_dumb_terminal), None)
