"""What a writing identity has to be granted for each write tool of Kubernetes, beside reading around its target.

A right that is missing makes the tools that need it impossible, and no others: an operator grants what is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TEMPLATES: Final = ("deployments", "statefulsets", "daemonsets", "cronjobs")

# The resources that a tool patches, each by itself: for which of these kinds it works.
PATCHED: Final[Mapping[str, tuple[str, ...]]] = {
    "kubectl_rollout_undo": ("deployments",),
    "kubectl_rollout_restart": ("deployments", "statefulsets", "daemonsets"),
    "kubectl_rollout_pause": ("deployments",),
    "kubectl_rollout_resume": ("deployments",),
    "kubectl_scale": ("deployments", "statefulsets"),
    "kubectl_set_resources": ("deployments", "statefulsets", "daemonsets"),
    "kubectl_set_image": _TEMPLATES,
    "kubectl_set_command": _TEMPLATES,
    "kubectl_set_env": _TEMPLATES,
    "kubectl_set_probe": _TEMPLATES,
    "kubectl_set_node_selector": _TEMPLATES,
    "kubectl_set_toleration": _TEMPLATES,
    "kubectl_set_reference": _TEMPLATES,
    "kubectl_suspend": ("cronjobs", "jobs"),
    "kubectl_resume": ("cronjobs", "jobs"),
    "kubectl_set_service": ("services",),
    "kubectl_set_ingress_backend": ("ingresses",),
    "kubectl_allow_traffic": ("networkpolicies",),
    "kubectl_set_autoscaler_bounds": ("horizontalpodautoscalers",),
    "kubectl_set_disruption_budget": ("poddisruptionbudgets",),
    "kubectl_restore_config_map": ("configmaps",),
}

# Of these, what leaves the declared fields as they were or as they were applied: no source has to follow.
_KEEPS_WHAT_IS_DECLARED: Final = frozenset({"kubectl_rollout_restart", "kubectl_restore_config_map"})

Right = tuple[str, str]  # verb and resource

# What those of these tools need that patch nothing in a namespace: all of it. Of nodes, in the whole cluster.
NEEDED: Final[Mapping[str, tuple[Right, ...]]] = {
    "kubectl_evict_pod": (("create", "pods/eviction"),),
}
NEEDED_FOR_NODES: Final[Mapping[str, tuple[Right, ...]]] = {
    "kubectl_cordon": (("patch", "nodes"),),
    "kubectl_uncordon": (("patch", "nodes"),),
    "kubectl_drain": (("patch", "nodes"), ("list", "pods"), ("create", "pods/eviction")),
}
# And of what is made for a whole cluster, whatever namespace it is made for.
NEEDED_IN_CLUSTER: Final[Mapping[str, tuple[Right, ...]]] = {
    "kubectl_create_storage_class": (
        *(("create", "storageclasses"), ("delete", "storageclasses")),
        *(("list", "storageclasses"), ("list", "persistentvolumeclaims")),
    ),
}


def changes_what_is_declared(tool: str) -> bool:
    """Whether a write of this tool is lost with the next delivery of what declares its object (Git, a chart, a
    pipeline). What a runbook does on AWS, and what is done to nodes and pods, is not declared there."""
    return tool in PATCHED and tool not in _KEEPS_WHAT_IS_DECLARED
