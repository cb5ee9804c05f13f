"""What a check-up says of writing: whether it is on, where, and which writes the identity was granted.

Nobody has to grant everything: what is missing makes some writes impossible, and the row says which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.write_rights import NEEDED, NEEDED_FOR_NODES, NEEDED_IN_CLUSTER, PATCHED, Right
from sre_agent.cli.checkup_calls import answer, reader
from sre_agent.cli.checkup_rows import NOT_SERVED, CheckupRow
from sre_agent.preflight import VerbOptions, aws, kubeconfig
from sre_agent.settings import Settings
from sre_agent.toolbox.session import Session

GRANT: Final = "Grant what you want done: infra/kubernetes/writer.yaml and the Roles in infra/kubernetes/remedies/."


async def writes_rows(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    """Of the writing identity, as far as it can be told without writing."""
    writing, cluster = settings.writing, settings.kubernetes
    if not writing.writes:
        return [CheckupRow("writes", "settings", "absent", "off: runs only read")]
    if not (writing.allow_namespaces or writing.allow_nodes or writing.allow_documents):
        do = f"Allow what may be changed: {options.to_give('allow_namespaces', 'NAMESPACE')}"
        return [CheckupRow("writes", "settings", "failed", "on, but nothing may be changed", do)]
    identity = settings.model_copy(
        update={
            "kubeconfig": writing.write_kubeconfig or cluster.kubeconfig,
            "kube_context": writing.write_kube_context or cluster.kube_context,
            "eks": writing.write_eks or ("" if writing.write_kubeconfig else cluster.eks),
        }
    )
    if not identity.kubernetes.eks and (wrong := kubeconfig.problems(identity.kubernetes, options)):
        return [CheckupRow("writes", "kubeconfig of the write identity", "failed", " ".join(wrong))]
    rows = []
    if writing.write_aws_profile:
        request = f"AWS profile {writing.write_aws_profile}"
        wrong = aws.problems(settings.aws, options, profile=writing.write_aws_profile)
        rows = [CheckupRow("writes", request, "failed" if wrong else "ok", " ".join(wrong) or "exists")]
    plain = [pattern for pattern in writing.allow_namespaces if "*" not in pattern and "?" not in pattern]
    async with reader(identity, "kubernetes") as session:
        rows += [await _rights_row(session, place) for place in plain or [""] if writing.allow_namespaces]
        return [*rows, *([await _node_rights_row(session)] if writing.allow_nodes else [])]


async def _rights_row(session: Session, namespace: str) -> CheckupRow:
    """Of each resource that a write changes; one that this cluster does not serve needs no right."""
    resources = {resource for of_tool in PATCHED.values() for resource in of_tool}
    others = {right for of_tool in NEEDED.values() for right in of_tool}
    rights = [*(("patch", resource) for resource in sorted(resources)), *sorted(others)]
    of_cluster = sorted({right for of_tool in NEEDED_IN_CLUSTER.values() for right in of_tool})
    request = f"{len(rights) + len(of_cluster)} access reviews" + (f" in {namespace}" if namespace else "")
    missing, unknown = await _missing(session, rights, namespace)
    missing_of_cluster, unknown_of_cluster = await _missing(session, of_cluster, "")
    missing, unknown = [*missing, *missing_of_cluster], unknown or unknown_of_cluster
    if unknown:
        return CheckupRow("write permissions", request, "failed", unknown)
    if not missing:
        return CheckupRow("write permissions", request, "ok", "complete: every write is possible")
    impossible = [tool for tool, of_tool in PATCHED.items() if {("patch", one) for one in of_tool} <= set(missing)]
    by_right = {**NEEDED, **NEEDED_IN_CLUSTER}
    impossible += [tool for tool, of_tool in by_right.items() if set(of_tool) & set(missing)]
    nothing = set(rights) <= set(missing)
    return CheckupRow(
        "write permissions", request, "failed" if nothing else "note", _result_text(missing, impossible), GRANT
    )


async def _node_rights_row(session: Session) -> CheckupRow:
    rights = sorted({right for of_tool in NEEDED_FOR_NODES.values() for right in of_tool})
    request, what = f"{len(rights)} access reviews of the cluster", "write permissions for nodes"
    missing, unknown = await _missing(session, rights, "")
    if unknown:
        return CheckupRow(what, request, "failed", unknown)
    if not missing:
        return CheckupRow(what, request, "ok", "complete: nodes can be cordoned, uncordoned and drained")
    impossible = [tool for tool, of_tool in NEEDED_FOR_NODES.items() if set(of_tool) & set(missing)]
    nothing = len(impossible) == len(NEEDED_FOR_NODES)
    return CheckupRow(what, request, "failed" if nothing else "note", _result_text(missing, impossible), GRANT)


async def _missing(session: Session, rights: Sequence[Right], namespace: str) -> tuple[list[Right], str]:
    """Those that the API server says are not granted, and what went wrong where it could not be asked."""
    place = {"namespace": namespace} if namespace else {}
    answers = await asyncio.gather(
        *(answer(session, "kubectl_can_i", {"verb": verb, "resource": of} | place) for verb, of in rights)
    )
    unknown = [one.error for one in answers if one.refusal is not None and one.refusal.kind not in NOT_SERVED]
    missing = [right for right, one in zip(rights, answers, strict=True) if one.data.get("allowed") is False]
    return missing, unknown[0] if unknown else ""


def _result_text(missing: Sequence[Right], impossible: Sequence[str]) -> str:
    by_verb = {verb: ", ".join(of for other, of in missing if other == verb) for verb, _ in missing}
    rights = "; ".join(f"{verb} {resources}" for verb, resources in by_verb.items())
    return f"missing: {rights}; so not possible: {', '.join(impossible) or 'none as a whole'}"
