"""Sends the recorded raw requests to the lab and compares status, content type and body."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.clients.lab import REGISTRY, Lab
from tests.clients.recorded import answers, rights

Obj = dict[str, Any]
POD = "web-78dc4584cd-98pjh"
LAST = ("200-delete-pod", "200-delete-deploy", "200-list-paged")  # they take away what the others ask for
NOT_EQUAL = {  # answer -> why the lab's differs
    "200-watch-bookmark": "shows what happened to a pod in those three seconds of that cluster",
    "406-accept": "the lab answers in JSON and YAML, not in protobuf, and says so",
}
VIEWER = {"authorization": "Bearer user:oncall-viewer"}
IGNORED = (
    "managedFields",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "remainingItemCount",
    "continue",
    "audiences",
)
MASKS = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"too old resource version: \d+ \(\d+\)", "too old resource version"),
    (r"\b\d+\.\d+\.\d+\.\d+\b", "ADDRESS"),
    (r"kube-api-access-\w+", "TOKEN-VOLUME"),
    (r"\b[0-9a-f]{64}\b", "ID"),
    (r"^worker-\d$", "NODE"),
    (r"^(?=.*\d)[a-z0-9]{9,10}$", "HASH"),
    (r"(if it was previously negative\)).*", r"\1"),  # then each prints in its own way how the two differ
)
NAMESPACE = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "errs"}}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "oncall-view"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "oncall-viewer"}],
}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "errs"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": f"{REGISTRY}/storefront:1.8.0",
                        "ports": [{"containerPort": 8080, "name": "http"}],
                        "resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "16Mi"}},
                    }
                ]
            },
        },
    },
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web", "namespace": "errs"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
}


@dataclass(frozen=True)
class Answer:
    name: str
    wanted: Any
    found: Any

    @property
    def agrees(self) -> bool:
        return bool(self.wanted == self.found)


def prepare(lab: Lab) -> str:
    """The objects that the recorded requests name; answers the pod's name."""
    for obj in (NAMESPACE, BINDING, WEB, BUDGET):
        lab.kubectl("create", "-f", "-", stdin=json.dumps(obj))
    lab.kubectl("-n", "errs", "rollout", "status", "deployment/web", "--timeout=20s")
    return lab.kubectl("-n", "errs", "get", "pods", "-o", "jsonpath={.items[0].metadata.name}")[1]


def replay(lab: Lab) -> list[Answer]:
    rows = answers()
    pod = prepare(lab)
    comparisons = []
    with httpx.Client(base_url=lab.url, timeout=20, trust_env=False) as http:
        for name in [*(n for n in rows if n not in LAST), *LAST]:
            if name == "200-list-paged":
                lab.later(60)  # it was asked when the pod was gone
            row = rows[name]
            request = row["request"]
            path, body = request["path"].replace(POD, pod), (request["body"] or "").replace(POD, pod)
            headers = {"content-type": request["content_type"]} | _who(name) | _accepts(name)
            answer = http.request(request["method"], path, content=body or None, headers=headers)
            try:
                content = answer.json()
            except ValueError:
                content = answer.text
            lab_answer = (answer.status_code, answer.headers["content-type"], content)
            recording = (row["status"], row["headers"]["Content-Type"], row["body"])
            comparisons.append(Answer(name, _mask(recording, POD), _mask(lab_answer, pod)))
    listing = lab.kubectl("-n", "errs", "auth", "can-i", "--list", "--as=oncall-viewer")[1]
    return [*comparisons, Answer("can-i-list-viewer", rights().splitlines(), listing.splitlines())]


def _who(name: str) -> dict[str, str]:
    if "viewer" in name:
        return VIEWER
    if "anonymous" in name:
        return {"impersonate-user": "system:anonymous"}
    return {"authorization": "Bearer nobody"} if "bad-token" in name else {}


def _accepts(name: str) -> dict[str, str]:
    if "partial-metadata" in name:
        return {"accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
    return {"accept": "text/html"} if name.startswith("406") else {}


def _mask(value: Any, pod: str) -> Any:
    if isinstance(value, tuple | list):
        return [_mask(v, pod) for v in value]
    if isinstance(value, dict):
        return {k: _mask(v, pod) for k, v in value.items() if k not in IGNORED}
    if not isinstance(value, str):
        return value
    text = value.replace(pod, "POD").replace(pod.rpartition("-")[0], "SET")
    if text.startswith('{"type":'):
        return [_mask(json.loads(line), pod) for line in text.splitlines()]
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text, flags=re.S)
    return text
