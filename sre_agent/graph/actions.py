"""A remedy as the action that a policy judges and a human is asked about: with its preview, or without one."""

from __future__ import annotations

from typing import Any

from mcp_servers.contract import blast_radius as contract
from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth, OtherActor
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permits import Target, Writer
from sre_agent.diagnosis import remedies
from sre_agent.domain.action import Action, Call
from sre_agent.graph.naming import resolve_names


def action_of(option: remedies.Option, preview: Answer) -> Action:
    """The action as previewed: what it changes, on which version, and how it is undone."""
    return Action(
        remedy=option.name,
        failure_class=option.failure_class,
        purpose=option.purpose,
        subject=option.subject.short,
        namespace=option.namespace,
        confidence=option.confidence,
        without_precedent=option.without_precedent,
        **_preview_fields(option.call, preview, option.reversible),
    )


def previewed_again(action: Action, call: Call, preview: Answer) -> Action:
    """The action with another call, as that was previewed."""
    return Action.model_validate({**action.model_dump(), **_preview_fields(call, preview, action.reversible)})


def _preview_fields(call: Call, preview: Answer, reversible: bool) -> dict[str, Any]:
    """What a dry run says of an action, by the action's fields."""
    undo, template = preview.data.get("undo"), preview.data.get("template") or {}
    return {
        "call": resolve_names(call, preview),
        "scope": str(preview.data["scope"]),
        "target": Target.model_validate(preview.data["target"]),
        "reversible": reversible and undo is not None,
        "diff": [str(line) for line in preview.data.get("diff", [])],
        "diff_digest": str(preview.data.get("diff_digest", "")),
        "blast_radius": str(preview.data.get("blast_radius", "")),
        "approval_steps": [str(name) for name in preview.data.get("approval_steps") or []],
        "undo": Call(server=call.server, **undo) if undo else None,
        "state": str(preview.data.get("state", "")),
        "last_writer": last_writer(preview),
        "template_ran": template.get("ran") is True,
        "template_ran_at": template.get("ran_at") or None,
        "template_ran_seconds_ago": template.get("ran_seconds_ago", -1),
        **numbers_of(preview),
    }


def numbers_of(preview: Answer) -> dict[str, Any]:
    """The fields of an action that hold its blast radius in numbers; of a server that tells none they are unknown."""
    data = preview.data
    return {
        "figures": BlastRadiusFigures.model_validate(data.get(contract.FIGURES) or {}),
        "namespace_health": NamespaceHealth.model_validate(data.get(contract.NAMESPACE) or {}),
        "other_actors": [OtherActor.model_validate(one) for one in data.get(contract.OTHER_ACTORS) or []],
        "computed": data.get(contract.COMPUTED) is True,
    }


def last_writer(preview: Answer) -> Writer | None:
    """Who wrote to the target last, as its dry run tells it."""
    writer = preview.data.get("last_writer")
    return Writer.model_validate(writer) if writer else None


def as_if_previewed(option: remedies.Option) -> Action:
    """The option as the action that a dry run without surprises would make of it."""
    return Action(
        remedy=option.name,
        failure_class=option.failure_class,
        purpose=option.purpose,
        call=option.call,
        scope=option.subject.scope,
        subject=option.subject.short,
        namespace=option.namespace,
        target=Target(subject=option.subject.short, uid="", version=""),
        reversible=option.reversible,
        undo=option.call if option.reversible else None,
        confidence=option.confidence,
        without_precedent=option.without_precedent,
    )
