"""What a check-up asks of clusters, accounts and Prometheus: one row or more of each."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from mcp_servers.redaction import redacted
from sre_agent.cli.checkup_calls import answer, label, reader, value
from sre_agent.preflight import VerbOptions, aws, kubeconfig
from sre_agent.preflight.addresses import is_web_address
from sre_agent.server_addresses import cluster_name
from sre_agent.settings import KubernetesSettings, Settings
from sre_agent.toolbox.session import Session

State = Literal["ok", "failed", "absent", "note"]
SKEW_SECONDS: Final = 60.0  # from which windows of logs and metrics miss what they are about
REFUSED_SECONDS: Final = 300.0  # from which AWS refuses signatures
READER_RESOURCES: Final = (  # what the readers list; infra/kubernetes/reader.yaml is the role that holds them
    *("pods", "services", "endpoints", "events", "configmaps", "secrets", "serviceaccounts", "nodes", "namespaces"),
    *("persistentvolumeclaims", "persistentvolumes", "resourcequotas", "limitranges"),
    *("deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions", "jobs", "cronjobs"),
    *("horizontalpodautoscalers", "poddisruptionbudgets", "ingresses", "ingressclasses", "networkpolicies"),
    *("endpointslices", "storageclasses", "priorityclasses", "runtimeclasses"),
    *("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
    *("roles", "rolebindings", "clusterroles", "clusterrolebindings", "leases"),
)
READ_RIGHTS: Final = (*(("list", resource) for resource in READER_RESOURCES), ("get", "pods/log"))
CALLS: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (  # the row, and the cheapest read that it stands on
    ("CloudWatch", "cloudwatch", "list_alarms", {}),
    ("CloudWatch Logs", "cloudwatch", "list_log_groups", {}),
    ("Systems Manager", "ssm", "list_automations", {}),
)
NOT_SERVED: Final = ("not_found", "bad_request")  # an API that this cluster does not have needs no right
AWS_DO: Final = "Allow the named action for this role; otherwise check region, endpoint and network."
_KUBELET: Final = re.compile(r"kubeletVersion['\": ]+(v[\w.+-]+)")


@dataclass(frozen=True)
class CheckupRow:
    """`request` is what was asked, `result` what came of it, `do` what to do about it. `absent` is not set up, and no
    fault; a `note` does not keep anything from working. `cluster` is the one of the table that it is about."""

    what: str
    request: str
    state: State
    result: str
    do: str = ""
    cluster: str = ""

    @property
    def plain(self) -> dict[str, str]:
        """For `--json`, whose keys stay as they are."""
        plain = {"what": self.what, "asked": self.request, "state": self.state, "came": self.result, "do": self.do}
        return plain | ({"cluster": self.cluster} if self.cluster else {})


async def kubernetes_rows(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    request = f"kubeconfig {settings.kubernetes.kubeconfig or os.environ.get('KUBECONFIG') or kubeconfig.USUAL}"
    if (remote := settings.servers.remote_servers.get("kubernetes")) is not None:
        request = f"server at {remote.url}"
    elif settings.kubernetes.eks:
        request = f"EKS cluster {settings.kubernetes.eks}"
    elif wrong := kubeconfig.problems(settings.kubernetes, options):
        state: State = "failed" if kubeconfig.is_asked_for(settings.kubernetes) else "absent"
        return [CheckupRow("kubeconfig", request, state, " ".join(wrong))]
    rows = [CheckupRow("kubeconfig", request, "ok", _cluster_text(settings.kubernetes))]
    async with reader(settings, "kubernetes") as session:
        review = await answer(session, "kubectl_can_i", {"verb": "list", "resource": "pods"})
        if review.refusal is not None:
            do = "Check the server address in the kubeconfig, the network and the user's credentials."
            return [*rows, CheckupRow("cluster", "its API server", "failed", review.error, do)]
        rows.append(CheckupRow("cluster", "its API server", "ok", await _version(session)))
        rows.append(_clock("the API server", review.ahead))
        rows.append(
            await _rights(session, READ_RIGHTS, "", "Apply infra/kubernetes/reader.yaml, or grant these permissions.")
        )
    return rows


def _cluster_text(cluster: KubernetesSettings) -> str:
    context = f"context {cluster.kube_context}" if cluster.kube_context else "its current context"
    return f"{context}, cluster {cluster_name(cluster) or 'unnamed'}"


async def _version(session: Session) -> str:
    """As its nodes tell it, where they may be seen."""
    nodes = await answer(session, "kubectl_get", {"kind": "nodes"})
    names = [str(item["name"]) for item in (nodes.data or {}).get("items", []) if "name" in item][:1]
    for name in names:
        node = await answer(session, "kubectl_get", {"kind": "nodes", "name": name})
        if match := _KUBELET.search(str(node.data)):
            return f"answers; node {name} runs {match[1]}"
    return "answers"


async def _rights(session: Session, rights: tuple[tuple[str, str], ...], namespace: str, do: str) -> CheckupRow:
    """By access reviews, which any identity may ask of itself; what this cluster does not serve needs no right."""
    place = {"namespace": namespace} if namespace else {}
    answers = await asyncio.gather(
        *(answer(session, "kubectl_can_i", {"verb": verb, "resource": of} | place) for verb, of in rights)
    )
    missing = [
        f"{verb} {of}" for (verb, of), one in zip(rights, answers, strict=True) if one.data.get("allowed") is False
    ]
    what = "read permissions"
    request = f"{len(rights)} access reviews" + (f" in {namespace}" if namespace else "")
    if missing:
        return CheckupRow(what, request, "failed", f"missing: {', '.join(missing)}", do)
    unknown = [one.error for one in answers if one.refusal is not None and one.refusal.kind not in NOT_SERVED]
    return CheckupRow(what, request, "failed", unknown[0]) if unknown else CheckupRow(what, request, "ok", "complete")


async def aws_rows(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    wrong = aws.problems(settings.aws, options)
    if wrong:
        state: State = "failed" if aws.is_asked_for(settings.aws, settings.kubernetes.eks) else "absent"
        return [CheckupRow("AWS", "credentials and region", state, " ".join(wrong))]
    rows = [CheckupRow("AWS", "credentials and region", "ok", f"region {settings.aws.aws_region or 'of the SDK'}")]

    async def one(what: str, server: str, tool: str, arguments: dict[str, Any]) -> tuple[CheckupRow, float | None]:
        async with reader(settings, server) as session:
            result = await answer(session, tool, arguments)
        if result.refusal is not None:
            return CheckupRow(what, tool, "failed", result.error, AWS_DO), None
        return CheckupRow(what, tool, "ok", result.first), result.ahead

    results = await asyncio.gather(*(one(*call) for call in CALLS))
    clocks = [_clock("AWS", ahead) for _, ahead in results if ahead is not None]
    return [*rows, *(row for row, _ in results), *clocks[:1]]


def _clock(whose: str, ahead: float) -> CheckupRow:
    """Against this machine's; to the second, as it is told."""
    request = f"this machine's against that of {whose}"
    if abs(ahead) < SKEW_SECONDS:
        return CheckupRow("clock", request, "ok", "within a minute")
    result = f"this machine's is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead'}"
    do = "Set this machine's clock (NTP): windows of logs and metrics are off by as much, and AWS refuses 5 minutes."
    return CheckupRow("clock", request, "failed" if abs(ahead) >= REFUSED_SECONDS else "note", result, do)


async def prometheus_rows(settings: Settings, options: VerbOptions) -> list[CheckupRow]:
    url = settings.prometheus.prometheus_url
    if not url:
        return [
            CheckupRow("Prometheus", "settings", "absent", f"none; {options.to_give('prometheus_url', 'URL')} sets one")
        ]
    display_url = redacted(url)
    if not is_web_address(url):
        return [CheckupRow("Prometheus", display_url, "failed", "is not a valid address")]
    async with reader(settings, "prometheus") as session:
        probe = await answer(session, "query", {"promql": "vector(1)"})
        if probe.refusal is not None:
            do = f"Check the address ({options.to_give('prometheus_url', 'URL')}) and the network."
            return [CheckupRow("Prometheus", display_url, "failed", probe.error, do)]
        build_info = await answer(session, "query", {"promql": "prometheus_build_info"})
        notifications = await answer(session, "query", {"promql": "prometheus_notifications_alertmanagers_discovered"})
    version = label(build_info.data, "version")
    rows = [CheckupRow("Prometheus", display_url, "ok", f"version {version}" if version else "answers")]
    number = value(notifications.data)
    result_text = f"Prometheus notifies {number}" if number else "Prometheus does not say whether it notifies one"
    return [
        *rows,
        CheckupRow("Alertmanager", "the status that Prometheus reports", "ok" if number else "absent", result_text),
    ]
