"""`sre-agent policy`: what is decided of an action and why, whether that is as expected, levels, and breakers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
import yaml

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.help_text import examples
from sre_agent.cli.options import Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.clock import SystemClock
from sre_agent.errors import AbsentError, BadInputError, all_faults
from sre_agent.settings import Settings, load

if TYPE_CHECKING:
    from sre_agent.policy.question import PolicyExplanation, PolicyQuestion
    from sre_agent.store import Store

app = typer.Typer(
    help="Explain what the policies decide, test them, show levels and limits.",
    epilog=exits.LISTED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
DECIDED: Final = exits.meaning("it may run unattended", "3 denied", "4 a person has to approve")
TESTED: Final = exits.meaning("all is as expected", "3 something is not", "5 there is nothing to test")
STATUS: Final = {"allow": exits.OK, "approve": exits.WAITING, "deny": exits.ESCALATED}
Policies = Annotated[str | None, typer.Option(help="shipped policy set by name, or a folder of .cedar files")]
Limits = Annotated[Path | None, typer.Option(help="levels and limits; default: limits.yaml beside the policies")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.command(
    epilog=examples(
        "policy explain kubectl_rollout_undo --fact namespace=shop --fact confidence=0.93",
        "policy explain kubectl_scale --fact namespace=shop --fact replicas=3 --fact at=2026-11-27T20:00:00Z --json",
        "policy explain action.yaml --policies /etc/sre-agent/policies",
        meaning=DECIDED,
    )
)
def explain(
    action: Annotated[str, typer.Argument(help="a write tool, or a YAML file of the action's facts")],
    fact: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as `policy explain --json` names them")] = None,
    policies: Policies = None,
    limits: Limits = None,
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Say what would be decided about an action, by which policies and limits, from which facts. Nothing is done."""
    settings = load(profile, state_dir=state_dir, policies=policies, limits=limits)
    question = _question(action, fact or [])

    async def work(store: Store | None) -> int:
        from sre_agent.policy import open_policy  # noqa: PLC0415 - `--help` needs no Cedar
        from sre_agent.policy.expectations import NoWriteCounts  # noqa: PLC0415
        from sre_agent.policy.limiting import LimitCheck  # noqa: PLC0415
        from sre_agent.policy.question import explain as explained  # noqa: PLC0415

        policy = open_policy(settings.policy.policies, limits=settings.policy.limits)
        check = LimitCheck(policy.limits, store or NoWriteCounts(), settings.state.state_dir, settings.policy.level)
        explanation = await explained(question, policy, check, SystemClock().now())
        _show(explanation, as_json=as_json)
        return STATUS[explanation.verdict]

    raise exits.run(_with_store(settings, work))


def _show(explanation: PolicyExplanation, *, as_json: bool) -> None:
    if as_json:
        say_json(explanation.model_dump(mode="json"))
        return
    say(f"{explanation.verdict}: {explanation.reason}")
    say(f"policies: {', '.join(explanation.policies) or 'none'} (by themselves: {explanation.by_policy})")
    say(f"level: {explanation.level}")
    for limit in explanation.limits:
        say(f"limit {limit.kind} ({limit.effect}): {limit.reason}")
    say("facts for the policies:")
    for name, value in sorted(explanation.context.items()):
        say(f"  {name}: {'unknown or never' if value == 1_000_000_000 else value}")


@app.command(
    epilog=examples("policy test expectations.yaml", "policy test --policies /etc/sre-agent/mine", meaning=TESTED)
)
def test(
    file: Annotated[Path | None, typer.Argument(help="default: expectations.yaml beside the policies")] = None,
    policies: Policies = None,
    limits: Limits = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Test policies and limits against your own expectations: actions, and what should be decided about each."""
    settings = load(profile, policies=policies, limits=limits)
    path = file or Path(settings.policy.policies) / "expectations.yaml"
    if not path.is_file():
        raise AbsentError(f"There is no file of expectations {path}. Name one: sre-agent policy test FILE")

    async def work(store: Store | None) -> int:
        from sre_agent.policy import open_policy  # noqa: PLC0415
        from sre_agent.policy.expectations import differences_of, load_expectations  # noqa: PLC0415

        policy = open_policy(settings.policy.policies, limits=settings.policy.limits)
        results = await differences_of(load_expectations(path), policy, settings.policy.level, SystemClock().now())
        if as_json:
            say_json([{"name": one.name, "holds": not differ, "differences": differ} for one, differ in results])
        else:
            for one, differ in results:
                say(f"{'differs' if differ else 'holds':8} {one.name}")
                for what in differ:
                    say(f"         {what}")
        if not results:
            return exits.UNANSWERED
        return exits.ESCALATED if any(differ for _, differ in results) else exits.OK

    raise exits.run(work(None))


@app.command(epilog=examples("policy levels", "policy levels shop --label tier=critical", "policy levels --json"))
def levels(
    namespace: Annotated[str, typer.Argument(help="the level of this namespace; default: all rules")] = "",
    label: Annotated[list[str] | None, typer.Option(help="KEY=VALUE, a label of that namespace")] = None,
    policies: Policies = None,
    limits: Limits = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Show how much the responder may do by itself where: observe, recommend, approve or autonomous."""
    from sre_agent.policy import open_policy  # noqa: PLC0415
    from sre_agent.policy.levels import level_of  # noqa: PLC0415

    settings = load(profile, policies=policies, limits=limits)
    rules = open_policy(settings.policy.policies, limits=settings.policy.limits).limits.present
    default = settings.policy.level or rules.level
    if namespace:
        level, rule = level_of(rules.levels, default, namespace, dict(_pair(one) for one in label or []))
        if as_json:
            say_json({"namespace": namespace, "level": level, "rule": rule})
        else:
            say(f"{namespace}: {level} ({f'rule {rule}' if rule else 'the default'})")
        return
    if as_json:
        say_json({"default": default, "rules": [one.model_dump(mode="json") for one in rules.levels]})
        return
    rows = [
        (str(number), ", ".join(one.namespace) or "any", _labels(one.labels), one.level)
        for number, one in enumerate(rules.levels, 1)
    ]
    tables.show(console(), ("rule", "namespace", "labels", "level"), [*rows, ("", "any other", "", default)])


@app.command(epilog=examples("policy breakers", "policy breakers --reset bad_rollout 'shop-prod|Deployment/shop/web'"))
def breakers(
    reset: Annotated[
        tuple[str, str] | None, typer.Option(help="failure class and workload, as the list names them")
    ] = None,
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """List remedies that failed their verification, by failure class and workload; --reset lets one run again."""

    async def work(store: Store | None) -> int:
        if reset is not None:
            if store is None or not await store.reset_breaker(*reset):
                raise AbsentError(
                    f"Nothing failed for {reset[0]} on {reset[1]}. List what did: sre-agent policy breakers"
                )
            say(f"{reset[0]} on {reset[1]} is counted from zero again.")
            return exits.OK
        counts = await store.breaker_counts() if store is not None else []
        if as_json:
            say_json([one.model_dump(mode="json") for one in counts])
        elif not counts:
            say("No remedy failed its verification.")
        else:
            rows = [(c.failure_class, c.workload, f"{c.last_at:%Y-%m-%d %H:%M}", str(c.failures)) for c in counts]
            tables.show(console(), ("failure class", "workload", "last", "failures in a row"), rows, numbers=1)
        return exits.OK

    raise exits.run(_with_store(load(profile, state_dir=state_dir), work))


async def _with_store(settings: Settings, work: Callable[[Store | None], Awaitable[int]]) -> int:
    """Without one where nothing ran yet: who only asks makes no state folder."""
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    if not (settings.state.state_dir / "incidents.sqlite").exists():
        return await work(None)
    store = open_store(settings.state_access)
    try:
        return await work(store)
    finally:
        await store.close()


def _question(action: str, facts: list[str]) -> PolicyQuestion:
    from pydantic import ValidationError  # noqa: PLC0415

    from sre_agent.policy.question import PolicyQuestion  # noqa: PLC0415

    values: Any = {"tool": action}
    try:
        if Path(action).is_file():
            values = yaml.safe_load(Path(action).read_text(encoding="utf-8"))
        fact_values = {name: yaml.safe_load(value) for name, value in map(_pair, facts)}
        return PolicyQuestion.model_validate({**values, **fact_values})
    except ValidationError as problem:
        raise BadInputError(
            f"These facts cannot be used: {all_faults(problem)}. Facts: {', '.join(PolicyQuestion.model_fields)}."
        ) from problem
    except (yaml.YAMLError, OSError, UnicodeDecodeError, TypeError) as problem:
        raise BadInputError(f"{action} and its facts cannot be read: {problem}") from problem


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise BadInputError(f"{text!r} is not NAME=VALUE.")
    return name, value


def _labels(labels: Any) -> str:
    return ", ".join(f"{key}={'|'.join(values)}" for key, values in labels.items()) or "any"
