"""A remedy of what Argo CD, Flux, Helm or an operator declares: not patched, but proposed where it belongs."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.field_changes import FieldChange
from mcp_servers.contract.gitops_owner import CHANGES, OWNER, GitOpsOwner
from sre_agent.diagnosis import remedies
from sre_agent.domain.action import SkippedRemedy
from sre_agent.domain.git_change import GitChange
from sre_agent.git.sources import ObjectName
from sre_agent.graph.context import Context

WHY: Final = (
    "{subject} is managed by {owner}: a change in the cluster would be put back or drift, so it belongs into Git."
)


async def is_declared_elsewhere(
    option: remedies.Option,
    preview: Answer,
    skipped: list[SkippedRemedy],
    git_changes: list[GitChange],
    context: Context,
) -> bool:
    """Whether something else declares what a dry run is about. Then the remedy is skipped, and the change for Git is
    among `git_changes`, once in a run."""
    owner = owner_of(preview)
    if owner is None:
        return False
    if not any((one.subject, one.purpose) == (option.subject.short, option.purpose) for one in git_changes):
        git_changes.append(await change_in_git(option, preview, owner, context))
    why = WHY.format(subject=option.subject.short, owner=owner)
    skipped.append(SkippedRemedy(remedy=option.purpose, why=why))
    return True


def owner_of(preview: Answer) -> GitOpsOwner | None:
    """Who else declares what a dry run is about; None where nobody does."""
    owner = preview.data.get(OWNER)
    return GitOpsOwner.model_validate(owner) if owner else None


async def change_in_git(option: remedies.Option, preview: Answer, owner: GitOpsOwner, context: Context) -> GitChange:
    """The change for the repository, located and offered as far as the settings let it."""
    kind, namespace, name = _parts(str(preview.data["target"]["subject"]))
    change = GitChange(
        subject=option.subject.short,
        purpose=option.purpose,
        owner=owner,
        changes=[FieldChange.model_validate(one) for one in preview.data.get(CHANGES) or []],
        diff=[str(line) for line in preview.data.get("diff", [])],
    )
    if owner.controller == "operator":
        why = f"{owner.name} declares it: change that object, or what declares it."
        return change.model_copy(update={"why_not": why})
    target = ObjectName(kind, namespace, name, owner.release, owner.applier)
    change = await context.git.complete(change, target, incident=context.incident)
    context.progress.say(
        "git.proposed",
        context.incident,
        change.subject,
        files=change.files,
        branch=change.branch,
        pull_request=change.pull_request,
        why_not=change.why_not,
    )
    return change


def _parts(subject: str) -> tuple[str, str, str]:
    kind, _, rest = subject.partition("/")
    namespace, _, name = rest.partition("/")
    return (kind, namespace, name) if name else (kind, "", namespace)
