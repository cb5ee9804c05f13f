"""What a check-up says of writing: whether it is on, where, and which writes the identity was granted.

Nobody has to grant everything: what is missing makes some writes impossible, and the row says which.
"""

from __future__ import annotations

import asyncio
from typing import Final

from mcp_servers.contract.write_rights import PATCHED
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
    if not writing.allow_namespaces and not writing.allow_documents:
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
        return [*rows, *[await _rights_row(session, place) for place in plain or [""]]]


async def _rights_row(session: Session, namespace: str) -> CheckupRow:
    """By access reviews of each resource that a write patches; one that this cluster does not serve needs no right."""
    resources = sorted({resource for of_tool in PATCHED.values() for resource in of_tool})
    place = {"namespace": namespace} if namespace else {}
    answers = await asyncio.gather(
        *(answer(session, "kubectl_can_i", {"verb": "patch", "resource": of} | place) for of in resources)
    )
    request = f"{len(resources)} access reviews" + (f" in {namespace}" if namespace else "")
    what = "write permissions"
    unknown = [one.error for one in answers if one.refusal is not None and one.refusal.kind not in NOT_SERVED]
    if unknown:
        return CheckupRow(what, request, "failed", unknown[0])
    missing = [of for of, one in zip(resources, answers, strict=True) if one.data.get("allowed") is False]
    if not missing:
        return CheckupRow(what, request, "ok", "complete: every write is possible")
    impossible = [tool for tool, of_tool in PATCHED.items() if set(of_tool) <= set(missing)]
    result = f"missing: patch {', '.join(missing)}; so not possible: {', '.join(impossible) or 'none as a whole'}"
    nothing = len(missing) == len(resources)
    return CheckupRow(what, request, "failed" if nothing else "note", result, GRANT)
