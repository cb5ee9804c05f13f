"""Remedies as calls, in few words."""

from __future__ import annotations

from typing import Any

from tests.rehearsal.live.draw import LiveApp
from tests.rehearsal.live.family import RemedyCall


def scale(app: LiveApp, replicas: int) -> RemedyCall:
    return "kubectl_scale", {**app.place, "replicas": replicas}


def restart(app: LiveApp) -> RemedyCall:
    return "kubectl_rollout_restart", app.place


def undo(app: LiveApp, revision: int = 1) -> RemedyCall:
    return "kubectl_rollout_undo", {**app.place, "to_revision": revision}


def resources(app: LiveApp, **wishes: str) -> RemedyCall:
    return "kubectl_set_resources", {**app.place, **wishes}


def image(app: LiveApp, reference: str) -> RemedyCall:
    return "kubectl_set_image", {**app.place, "image": reference}


def selector(app: LiveApp, label: str, value: str = "") -> RemedyCall:
    """Without a value: the label is asked for no more."""
    return "kubectl_set_node_selector", {
        **app.place,
        "label": label,
        **({"value": value} if value else {"remove": True}),
    }


def toleration(app: LiveApp, taint: str) -> RemedyCall:
    return "kubectl_set_toleration", {**app.place, "taint": taint}


def no_taint(app: LiveApp, taint: str) -> RemedyCall:
    return "kubectl_set_toleration", {**app.place, "taint": taint, "remove": True}


def reference(app: LiveApp, path: str, value: str) -> RemedyCall:
    """Below the pod's spec."""
    return "kubectl_set_reference", {**app.place, "path": f"/spec/template/spec{path}", "value": value}


def probe(app: LiveApp, **wishes: Any) -> RemedyCall:
    return "kubectl_set_probe", {**app.place, "probe": "readinessProbe", **wishes}


def service(app: LiveApp, **wishes: Any) -> RemedyCall:
    return "kubectl_set_service", {"namespace": app.namespace, "name": app.name, **wishes}


def budget(app: LiveApp, min_available: str) -> RemedyCall:
    arguments = {"namespace": app.namespace, "name": app.name, "min_available": min_available}
    return "kubectl_set_disruption_budget", arguments


def allow(policy: str, namespace: str, peer: str, port: int) -> RemedyCall:
    """Into the pods of a NetworkPolicy, from those of the app `peer`."""
    arguments = {"namespace": namespace, "name": policy, "direction": "ingress"}
    return "kubectl_allow_traffic", {**arguments, "peer_labels": f"app={peer}", "port": port}
