"""Tool `kubectl_triage`: everything unhealthy in a namespace or the cluster, read and answered in pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.traffic import webhook_namespaces
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.tools.coverage_gaps import in_words
from mcp_servers.kubernetes.tools.cut_off import CutOffCallers
from mcp_servers.kubernetes.tools.sweep import SubjectFindings, SweepFindings, sweep
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

KINDS_READ: Final = (
    *("Pod", "Event", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"),
    *("Service", "Endpoints", "Ingress", "NetworkPolicy", "HorizontalPodAutoscaler", "PodDisruptionBudget"),
    *("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "ResourceQuota", "Role", "RoleBinding"),
    *("Node", "Namespace", "PersistentVolume", "StorageClass", "IngressClass", "PriorityClass", "RuntimeClass"),
    *("ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"),
)
EVENTS: Final = ("type!=Normal", "type=Normal,reason=ScalingReplicaSet")  # trouble, and when revisions came
PAGES: Final = 400  # of 500 objects each
GROUP_CHARACTERS: Final = 18_000  # characters of JSON for the groups of one page
TEXT_CHARACTERS: Final = 7_000  # characters of text
WEBHOOK_PLACES: Final = 5  # other namespaces that are looked into for the Services of webhooks


@dataclass(frozen=True)
class TriageSnapshot:
    """One sweep, kept for the pages of its answer."""

    namespace: str
    hygiene: bool
    findings: SweepFindings
    coverage: list[Coverage]
    as_of: datetime


class Triage:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._last: TriageSnapshot | None = None

    @read_tool("What is unhealthy")
    def kubectl_triage(
        self, namespace: inputs.NamespaceOrAll = "", hygiene: inputs.Hygiene = False, cursor: inputs.Cursor = ""
    ) -> Answer:
        """Everything unhealthy in a namespace, or in the whole cluster without one: facts grouped by the topmost
        subject, failing groups first, with the relations between them. Healthy objects are only counted.

        `data.groups` holds {subject, state (failing|noted|hygiene), counts by code, objects}. `hygiene` adds bad
        practice that breaks nothing yet (codes `hygiene.*`).
        """
        start = cursors.offset(cursor)
        look = self._last
        if not cursor or look is None or (look.namespace, look.hygiene) != (namespace, hygiene):
            look = self._last = self._look(namespace, hygiene)
        findings = look.findings
        page = _page(findings.groups[start:])
        page_groups, after = findings.groups[start : start + page], start + page
        more = cursors.encode(offset=after) if after < len(findings.groups) else ""
        return Answer(
            text=_text(look, start, after, self._api.name, more),
            as_of=look.as_of,
            data={
                "scope": self._api.name,
                "namespace": namespace,
                "groups": [_row(group) for group in page_groups],
                "looked_at": dict(findings.totals),
                "states": dict(Counter(group.state for group in findings.groups)),
                "cursor": more,
            },
            observations=[x for group in page_groups for x in group.facts],
            relations=[r for group in page_groups for r in group.relations],
            coverage=compact(look.coverage),
            left_out={"groups": len(findings.groups) - after} if more else {},
        )

    def _look(self, namespace: str, hygiene: bool) -> TriageSnapshot:
        lists = read(self._api, namespace, KINDS_READ, required=["Pod"], pages=PAGES, fields={"Event": EVENTS})
        assert lists.as_of is not None
        if namespace and lists.has("Namespace") and lists.by_name("Namespace", namespace) is None and _is_empty(lists):
            names = near(namespace, [o.name(n) for n in lists.of("Namespace")])
            raise TeachingError("not_found", f"namespace {namespace!r}", "it does not exist.", offer(names))
        whole = self._with_webhooks(namespace, lists) if namespace else lists
        cut_off = CutOffCallers(self._api)
        findings = sweep(whole, self._api.name, lists.as_of, namespace, hygiene=hygiene, cut_off=cut_off.look)
        return TriageSnapshot(namespace, hygiene, findings, [*lists.coverage, *cut_off.coverage], lists.as_of)

    def _with_webhooks(self, namespace: str, lists: Lists) -> Lists:
        """With the Services that webhooks of the cluster are sent to: without them nothing is admitted anywhere."""
        objects = {kind: list(objects) for kind, objects in lists.objects.items()}
        for place in sorted(webhook_namespaces(lists) - {namespace, ""})[:WEBHOOK_PLACES]:
            beside = read(self._api, place, ["Service", "Endpoints"], beside=True)
            for kind, more in beside.objects.items():
                objects.setdefault(kind, []).extend(more)
        return Lists(objects, lists.coverage, lists.problems, lists.as_of)


def _is_empty(lists: Lists) -> bool:
    return not any(objects for kind, objects in lists.objects.items() if KINDS[kind].namespaced)


def _page(groups: list[SubjectFindings]) -> int:
    """How many groups one answer can tell: at least one."""
    room, text_room = GROUP_CHARACTERS, TEXT_CHARACTERS
    for count, group in enumerate(groups):
        room -= sum(len(x.model_dump_json()) for x in (*group.facts, *group.relations)) + 300
        text_room -= len(_line(group)[-1]) + 80
        if count and (room < 0 or text_room < 0):
            return count
    return len(groups)


def _row(group: SubjectFindings) -> dict[str, Any]:
    return {
        "subject": group.subject.short,
        "state": group.state,
        "counts": dict(group.counts),
        "objects": len(group.subjects),
    }


def _text(look: TriageSnapshot, start: int, after: int, scope: str, more: str) -> str:
    """What was not seen first, then the groups of this page, then those of the next ones in short."""
    groups, totals = look.findings.groups, look.findings.totals
    states = Counter(group.state for group in groups)
    where = f"namespace {look.namespace}" if look.namespace else "all namespaces"
    unseen = in_words(compact(look.coverage))
    state_counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    kind_counts = ", ".join(f"{count} {kind}" for kind, count in totals.items() if count)
    head = [f"Triage of {where} in cluster {scope}:"]
    if unseen:
        head += ["not everything could be read.", unseen, "In what was read:"]
    head += [f"{state_counts or ('nothing unhealthy' if kind_counts or not unseen else 'no objects to judge')}."]
    head += [f"Looked at: {kind_counts}."] if kind_counts else []
    if not groups[start:after]:
        return " ".join(head)
    lines = [
        " ".join(head),
        "",
        table(["state", "subject", "found"], [_line(group) for group in groups[start:after]], 400),
    ]
    if more:
        lines += ["", f"More with cursor {more}"]
        lines += _following(groups[after:], TEXT_CHARACTERS - sum(len(line) + 1 for line in lines))
    return "\n".join(lines)


def _following(groups: list[SubjectFindings], room: int) -> list[str]:
    """The groups of the next pages, a line each, as far as this page has room for them."""
    lines = within(
        [f"- {group.state} {group.subject.short}: {next(iter(group.counts))}" for group in groups], room - 40
    )
    left = len(groups) - len(lines)
    return ["Next, in short:", *lines, *([f"and {left} more."] if left else [])] if lines else []


def _line(group: SubjectFindings) -> list[str]:
    code_counts = [f"{code}" + (f" ×{count}" if count > 1 else "") for code, count in group.counts.items()]
    quote_text = next((x.excerpt for x in group.facts if x.excerpt), "")
    quoted = f": {untrusted(excerpt(quote_text, 160))}" if quote_text else ""
    return [group.state, group.subject.short, "; ".join(code_counts) + quoted]
