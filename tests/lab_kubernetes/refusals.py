"""Objects that the API takes as they are, one a kind, and what it says when one of their fields is another."""

from __future__ import annotations

import copy
from typing import Any

import httpx
import yaml

from sre_lab.kubernetes.kinds import of_kind
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
MERGE = {"content-type": "application/merge-patch+json"}
_POD = "{containers: [{name: web, image: 'registry.example.com/shop/web:1.0'}]}"
_RUN_ONCE = "{restartPolicy: Never, containers: [{name: web, image: 'registry.example.com/shop/web:1.0'}]}"
_TEMPLATE = f"{{metadata: {{labels: {{app: new}}}}, spec: {_POD}}}"
_SOUND = yaml.safe_load(f"""
Pod: {{spec: {_POD}}}
Deployment: {{spec: {{selector: {{matchLabels: {{app: new}}}}, template: {_TEMPLATE}}}}}
StatefulSet: {{spec: {{serviceName: new, selector: {{matchLabels: {{app: new}}}}, template: {_TEMPLATE}}}}}
DaemonSet: {{spec: {{selector: {{matchLabels: {{app: new}}}}, template: {_TEMPLATE}}}}}
Job: {{spec: {{template: {{spec: {_RUN_ONCE}}}}}}}
CronJob: {{spec: {{schedule: "*/5 * * * *", jobTemplate: {{spec: {{template: {{spec: {_RUN_ONCE}}}}}}}}}}}
Service: {{spec: {{selector: {{app: new}}, ports: [{{port: 80}}]}}}}
PodDisruptionBudget: {{spec: {{minAvailable: 1, selector: {{matchLabels: {{app: new}}}}}}}}
HorizontalPodAutoscaler:
  spec: {{minReplicas: 1, maxReplicas: 3, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}}}
NetworkPolicy: {{spec: {{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}]}}}}
Ingress:
  spec:
    rules:
    - host: shop.example.com
      http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
ConfigMap: {{data: {{key: value}}}}
Secret: {{type: Opaque, stringData: {{key: value}}}}
PersistentVolumeClaim: {{spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}
StorageClass: {{provisioner: ebs.csi.aws.com}}
LimitRange: {{spec: {{limits: [{{type: Container, max: {{cpu: "2"}}, min: {{cpu: 100m}}}}]}}}}
ResourceQuota: {{spec: {{hard: {{pods: "4"}}}}}}
RoleBinding:
  roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}
  subjects: [{{kind: ServiceAccount, name: default, namespace: shop}}]
PriorityClass: {{value: 1000}}
Namespace: {{}}
""")


def sound(kind: str, changes: Obj | None = None) -> Obj:
    """The sound object of a kind, named new, with values at paths such as `spec.ports.0.name`; None takes one away."""
    obj: Obj = {"kind": kind, "metadata": {"name": "new"}} | copy.deepcopy(_SOUND[kind])
    for path, value in (changes or {}).items():
        _put(obj, path.split("."), value)
    return obj


def collection(kind: str) -> str:
    resource = of_kind(kind)
    root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    return f"{root}/namespaces/shop/{resource.plural}" if resource.namespaced else f"{root}/{resource.plural}"


def create(server: Served, obj: Obj) -> tuple[int, Obj]:
    answer = httpx.post(server.url + collection(obj["kind"]), json=obj, timeout=20)
    return answer.status_code, answer.json()


def change(server: Served, kind: str, patch: Obj, name: str = "new") -> tuple[int, Obj]:
    """The answer to a merge patch."""
    answer = httpx.patch(f"{server.url}{collection(kind)}/{name}", json=patch, headers=MERGE, timeout=20)
    return answer.status_code, answer.json()


def causes(answer: tuple[int, Obj]) -> list[str]:
    """The causes of a refusal with 422, in order; empty when there was none."""
    code, status = answer
    if code in (200, 201):
        return []
    assert (code, status["reason"]) == (422, "Invalid"), status
    return [f"{cause['field']}: {cause['message']}" for cause in status["details"]["causes"]]


def _put(obj: Any, steps: list[str], value: Any) -> None:
    places: list[Any] = [int(step) if step.isdigit() else step.replace("~", ".") for step in steps]
    *way, last = places
    for step in way:
        obj = obj[step] if isinstance(obj, list) else obj.setdefault(step, {})
    if value is None:
        del obj[last]
    else:
        obj[last] = value
