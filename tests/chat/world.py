"""A recorded cluster with two shops: things that are well, broken, alike by name, and more than fit into a page."""

from __future__ import annotations

from typing import Any

CLOCK = "2026-01-02T12:00:00Z"
BACKUP = "9f1c77aa-3b20-4e6a-8d11-5e0c2b7f4a10"
RUNS, PROD = 612, 305
Obj = dict[str, Any]
LONE: Obj = {"name": "courier", "image": "example.test/courier:1"}  # of a pod whose owner is not in the recording


def world() -> Obj:
    return {"schema": "sre-world/1", "clock": CLOCK, "k8s": {"objects": [*_objects()], "logs": _logs(), "recorded": []}}


def new_object(kind: str, name: str, namespace: str = "", at: str = "2026-01-02T08:00:00Z", **body: Any) -> Obj:
    versions = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1"}
    meta: Obj = {
        "name": name,
        "creationTimestamp": at,
        "uid": f"{kind}-{namespace}-{name}".lower(),
        **body.pop("meta", {}),
    }
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": versions.get(kind, "v1"), "kind": kind, "metadata": meta, **body}


def deployment(name: str, namespace: str, replicas: int, ready: int, image: str, **labels: str) -> list[Obj]:
    """A Deployment with its ReplicaSet; pods are made apart."""
    labels = {"app": name, **labels}
    labels_of_pods = labels | {"pod-template-hash": "6c8f9d7b5"}
    spec = {"containers": [{"name": name, "image": image}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    status = {"replicas": replicas, "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": replicas}
    workload_spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    owner = new_object("Deployment", name, namespace, spec=workload_spec, status=status)
    made_set = new_object(
        "ReplicaSet", f"{name}-6c8f9d7b5", namespace,
        meta={"labels": labels_of_pods, "ownerReferences": [_owner_reference("Deployment", owner)]},
        spec={"replicas": replicas, "selector": {"matchLabels": labels_of_pods}, "template": template},
        status={"replicas": replicas, "readyReplicas": ready},
    )  # fmt: skip
    return [owner, made_set]


def pod(
    owner: Obj,
    tag: str,
    node: str,
    *,
    image: str,
    restarts: int = 0,
    waiting: str = "",
    last_reason: str = "",
    **labels: str,
) -> Obj:
    namespace, name = owner["metadata"]["namespace"], owner["metadata"]["name"]
    app = name.removesuffix("-6c8f9d7b5")
    ready = not waiting
    state: Obj = {"waiting": {"reason": waiting}} if waiting else {"running": {"startedAt": "2026-01-02T08:00:10Z"}}
    app_status: Obj = {"name": app, "image": image, "ready": ready, "restartCount": restarts, "state": state}
    if last_reason:
        code = 137 if last_reason == "OOMKilled" else 1
        app_status["lastState"] = {
            "terminated": {"reason": last_reason, "exitCode": code, "finishedAt": "2026-01-02T11:50:00Z"}
        }
    container = {"name": app, "image": image, "resources": {"limits": {"memory": "64Mi"}}}
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}, {"type": "PodScheduled", "status": "True"}]
    return new_object(
        "Pod", f"{name}-{tag}" if name != app else f"{app}-{tag}", namespace,
        meta={"labels": {"app": app, **labels}, "ownerReferences": [_owner_reference(owner["kind"], owner)]},
        spec={"nodeName": node, "containers": [container]},
        status={"phase": "Running", "podIP": "10.0.0.9", "conditions": conditions, "containerStatuses": [app_status]},
    )  # fmt: skip


def _owner_reference(kind: str, owner: Obj) -> Obj:
    return {"kind": kind, "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": True,
            "apiVersion": owner["apiVersion"]}  # fmt: skip


def _objects() -> list[Obj]:
    objects = [
        new_object("Namespace", name, status={"phase": "Active"}) for name in ("shop", "shop-eu", "batch", "search")
    ]
    objects += [_node("node-a", "True"), _node("node-b", "True", closed=True)]
    container: Obj = {"name": "courier", "ready": True, "restartCount": 0}
    status: Obj = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [container],
    }
    spec: Obj = {"nodeName": "node-a", "containers": [LONE]}
    objects.append(new_object("Pod", "courier-6c8f9d7b5-k2x9p", "shop-eu", spec=spec, status=status))
    objects += _shop() + _payments() + _batch() + _storage()
    for namespace in ("shop", "shop-eu"):
        orders = deployment("orders", namespace, 1, 1, "example.test/orders:1.0")
        objects += [*orders, pod(orders[1], "aaaa2", "node-a", image="example.test/orders:1.0")]
    return objects


def _shop() -> list[Obj]:
    image = "example.test/checkout:2.1"
    checkout = deployment("checkout", "shop", 3, 3, image)
    pods = [pod(checkout[1], "bbbb2", "node-a", image=image), pod(checkout[1], "bbbb3", "node-a", image=image)]
    pods.append(pod(checkout[1], "bbbb4", "node-b", image=image, restarts=4, last_reason="Error"))
    image = "example.test/cart:0.9"
    cart = deployment("cart", "shop", 2, 1, image)
    pods.append(pod(cart[1], "cccc2", "node-a", image=image))
    pods.append(
        pod(cart[1], "cccc3", "node-b", image=image, restarts=7, waiting="CrashLoopBackOff", last_reason="OOMKilled")
    )
    service = new_object("Service", "checkout", "shop", spec={"selector": {"app": "checkout"}, "ports": [{"port": 80}]})
    address = [{"ip": "10.0.0.9", "targetRef": {"kind": "Pod", "name": p["metadata"]["name"]}} for p in pods[:3]]
    ends = new_object("Endpoints", "checkout", "shop", subsets=[{"addresses": address, "ports": [{"port": 80}]}])
    return [*checkout, *cart, *pods, service, ends]


def _payments() -> list[Obj]:
    payments = deployment("payments", "shop", 1, 1, "example.test/payments:3.3", tier="v1")
    selector = {"app": "payments", "tier": "v2"}
    return [
        *payments,
        pod(payments[1], "dddd2", "node-a", image="example.test/payments:3.3", tier="v1"),
        new_object("Service", "payments", "shop", spec={"selector": selector, "ports": [{"port": 80}]}),
        new_object("Endpoints", "payments", "shop", subsets=[]),
    ]


def _batch() -> list[Obj]:
    """More pods than a page of the API server or an answer holds."""
    return [
        new_object("Pod", f"run-{number:04}", "batch", meta={"labels": {"env": "prod" if number < PROD else "test"}},
             spec={"nodeName": "node-a", "containers": [{"name": "run", "image": "example.test/run:1"}]},
             status={"phase": "Succeeded" if number % 2 else "Failed", "containerStatuses": []})
        for number in range(RUNS)
    ]  # fmt: skip


def _storage() -> list[Obj]:
    def claim(name: str, size: str, phase: str, **marks: str) -> Obj:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
            "storageClassName": "fast",
        }
        return new_object(
            "PersistentVolumeClaim", name, "shop", meta={"annotations": marks}, spec=spec, status={"phase": phase}
        )

    from_backup = {"restore.example.test/backup": BACKUP}
    return [
        claim("ledger-data", "8Gi", "Bound", **from_backup),
        claim("uploads", "20Gi", "Pending"),
        claim("thumbnails", "5Gi", "Bound", **from_backup),
    ]


def _node(name: str, ready: str, *, closed: bool = False) -> Obj:
    spec = {"unschedulable": True} if closed else {}
    conditions = [{"type": "Ready", "status": ready, "lastHeartbeatTime": CLOCK}]
    return new_object(
        "Node", name, spec=spec, status={"conditions": conditions, "allocatable": {"cpu": "4", "memory": "8Gi"}}
    )


def _logs() -> list[Obj]:
    pages = [("basket", 200), ("invoice", 3400), ("basket", 240), ("invoice", 3800)]
    lines = []
    for number, (page, milliseconds) in enumerate(pages):
        lines += [f"INFO begin of {page} view", f"INFO loaded {number} items", f"INFO view drawn in {milliseconds} ms"]
    lines += [
        "WARN slow reply of upstream",
        "ERROR card service refused the charge",
        "INFO migration finished after 95 seconds",
    ]
    last_run = [
        "INFO cart starts",
        "ERROR cannot allocate 80 MB for the price table",
        "INFO retry 1",
        "ERROR giving up",
    ]
    return [
        {"namespace": "shop", "pod": "checkout-6c8f9d7b5-bbbb2", "previous": False, "text": "\n".join(lines)},
        {"namespace": "shop", "pod": "cart-6c8f9d7b5-cccc3", "previous": True, "text": "\n".join(last_run)},
        {
            "namespace": "shop",
            "pod": "orders-6c8f9d7b5-aaaa2",
            "previous": False,
            "text": "INFO orders listens on 8080",
        },
    ]
