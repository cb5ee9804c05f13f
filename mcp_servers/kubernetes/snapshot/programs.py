"""Which program a workload runs, by the labels that people use to say so: releases of one program carry one name."""

from __future__ import annotations

from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

PROGRAM_LABELS: Final = ("app.kubernetes.io/name", "app", "k8s-app", "name", "run")
ROLLED_OUT: Final = ("Deployment", "StatefulSet", "DaemonSet")


def program(workload: Obj) -> str:
    """Empty where no label says it."""
    labels = o.labels(o.template(workload))
    return next((labels[label] for label in PROGRAM_LABELS if label in labels), "")
