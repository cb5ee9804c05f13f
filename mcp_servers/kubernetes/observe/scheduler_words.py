"""What the scheduler says when no node takes a pod, sorted by what stands between the pod and a node."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt

# In the order of the scheduler's own tests: who fails a later one has passed those before it.
_REASONS: Final = (
    (
        "claim",
        re.compile(
            r"unbound immediate|available persistent volumes to bind|persistentvolumeclaim .*(?:not |being deleted)",
            re.I,
        ),
    ),
    (
        "volume",
        re.compile(r"volume node affinity|volume zone|volume count|PersistentVolume|volume limit|ReadWriteOnce"),
    ),
    ("capacity", re.compile(r"Insufficient |Too many pods")),
    ("ports", re.compile(r"free ports")),
    ("spread", re.compile(r"topology spread")),
    ("affinity", re.compile(r"pod (?:anti-)?affinity|anti-affinity rules")),
    ("selector", re.compile(r"node (?:affinity|selector)|requested node name")),
    ("taint", re.compile(r"taints?\b")),
    ("cordoned", re.compile(r"were unschedulable")),
)
_FIRST: Final = ("claim", "volume")  # a volume binds a pod to a place: the other nodes do not matter
_FITTING: Final = ("capacity", "ports", "spread", "affinity")  # of nodes that the pod may run on
_OF_ILL_NODES: Final = re.compile(r"\{node\.(?:kubernetes\.io/(?!unschedulable)|cloudprovider\.kubernetes\.io/)")
_OF_THE_SYSTEM: Final = re.compile(r"\{node-role\.kubernetes\.io/")
_CORDON: Final = re.compile(r"\{node\.kubernetes\.io/unschedulable")
_PART: Final = re.compile(r"(?<!\d)(\d++) ((?:\{[^}]*\}|[^,{])+)")
_LACKS: Final = re.compile(r"Insufficient ([\w./-]*\w)")
_TOTAL: Final = re.compile(r"\b0/(\d+) nodes are available")


def refusal(message: str) -> dict[str, Any]:
    """Attributes of `pod.unschedulable`: `why` is what stands between the pod and the nodes nearest to taking it."""
    head = message.split(" preemption:")[0]
    total = _TOTAL.search(head)
    counts: Counter[str] = Counter()
    for number, text in _PART.findall(head.partition("available:")[2]):
        counts[_kind(text)] += int(number)
    if not counts:
        counts[_kind(head)] += 1
    del counts["system"]
    lacks = list(dict.fromkeys(_LACKS.findall(head))) + (["pods"] if "Too many pods" in head else [])
    return {
        "message": excerpt(message),
        "why": _nearest(counts),
        "lacks": lacks,
        "nodes": int(total[1]) if total else 0,
    }


def _kind(text: str) -> str:
    name = next((name for name, pattern in _REASONS if pattern.search(text)), "unknown")
    if name != "taint":
        return "gated" if "scheduling gate" in text.lower() else name
    if _CORDON.search(text):
        return "cordoned"
    return "system" if _OF_THE_SYSTEM.search(text) else "node" if _OF_ILL_NODES.search(text) else "taint"


def _nearest(counts: Counter[str]) -> str:
    for name in _FIRST:
        if counts[name]:
            return name
    late = [name for name in _FITTING if counts[name]]
    if late:
        return max(late, key=lambda name: (counts[name], -_FITTING.index(name)))
    early = ("selector", "taint", "node", "cordoned", "gated", "unknown")
    return max(early, key=lambda name: (counts[name], -early.index(name))) if counts else "unknown"
