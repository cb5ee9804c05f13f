"""ResourceQuota: what a namespace uses of what it may, and whether a new object still fits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.pod_requests import pod_requests
from sre_lab.kubernetes.quantities import parse
from sre_lab.world import World

Obj = dict[str, Any]
Amounts = dict[str, Decimal]
COUNTED = {  # kinds that have a name of their own in a quota, besides count/PLURAL.GROUP
    "Pod": "pods",
    "Service": "services",
    "ReplicationController": "replicationcontrollers",
    "ResourceQuota": "resourcequotas",
    "Secret": "secrets",
    "ConfigMap": "configmaps",
    "PersistentVolumeClaim": "persistentvolumeclaims",
}
SPECIFIED = ("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
MEBI = 2**20


class _UsageOfOthers(dict[tuple[str, str], Amounts]):
    """By quota (namespace, name): what its status counts beyond the objects that a copied world has."""


def keep_usage_of_others(world: World) -> None:
    """Let what the quotas of a copied world count already stay in use, whatever of it was not copied."""
    others = world.memory(_UsageOfOthers, _UsageOfOthers)
    for quota in world.objects.all("ResourceQuota"):
        meta, used = quota["metadata"], (quota.get("status") or {}).get("used") or {}
        own = usage(world, quota)
        over = {name: parse(used[name]) - amount for name, amount in own.items() if name in used}
        others[meta["namespace"], meta["name"]] = {name: amount for name, amount in over.items() if amount > 0}


def problem(world: World, obj: Obj) -> str:
    """Why the quotas of its namespace have no room for a new object, in the API's words; empty when they have."""
    quotas = world.objects.all("ResourceQuota", obj["metadata"].get("namespace", ""))
    if not quotas or not obj["metadata"].get("namespace"):
        return ""
    amounts = _usage(obj)
    for quota in quotas:
        name, hard = quota["metadata"]["name"], quota["spec"].get("hard") or {}
        if obj["kind"] == "Pod" and (unsaid := _missing_fields(obj, hard)):
            return f"failed quota: {name}: must specify {unsaid}"
        relevant = [r for r in sorted(hard) if amounts.get(r)]
        if not relevant:
            continue
        used = usage(world, quota)
        over = [r for r in relevant if used[r] + amounts[r] > parse(hard[r])]
        if over:
            request_text = ",".join(f"{r}={text(r, amounts[r])}" for r in over)
            in_use = ",".join(f"{r}={text(r, used[r])}" for r in over)
            limited = ",".join(f"{r}={hard[r]}" for r in over)
            return f"exceeded quota: {name}, requested: {request_text}, used: {in_use}, limited: {limited}"
    return ""


def usage(world: World, quota: Obj) -> Amounts:
    """What the objects of the quota's namespace use of each resource that it limits."""
    key = quota["metadata"]["namespace"], quota["metadata"]["name"]
    others = world.memory(_UsageOfOthers, _UsageOfOthers).get(key, {})
    total = {name: others.get(name, Decimal(0)) for name in quota["spec"].get("hard") or {}}
    for kind in world.objects.kinds():
        if not _concerns(kind, total):
            continue
        for obj in world.objects.all(kind, quota["metadata"]["namespace"]):
            for name, amount in _usage(obj).items():
                if name in total:
                    total[name] += amount
    return total


def counts(obj: Obj, quota: Obj) -> bool:
    """Whether an object of this kind can move the quota's numbers."""
    return _concerns(obj["kind"], quota["spec"].get("hard") or {})


def text(name: str, amount: Decimal) -> str:
    """The amount as the API writes it."""
    if name.endswith("cpu") and amount % 1:
        return f"{int(amount * 1000)}m"
    if name.endswith(("memory", "storage")) and amount:
        for suffix, size in (("Gi", MEBI * 1024), ("Mi", MEBI), ("Ki", 1024)):
            if amount % size == 0:
                return f"{int(amount) // size}{suffix}"
    return str(int(amount))


def _concerns(kind: str, hard: Obj | Amounts) -> bool:
    if kind == "Event":
        return False
    own = {COUNTED.get(kind, ""), f"count/{of_kind(kind).qualified}"}
    if kind == "Pod":
        return bool(own & set(hard)) or any(name.endswith(("cpu", "memory", "ephemeral-storage")) for name in hard)
    if kind == "PersistentVolumeClaim":
        return bool(own & set(hard)) or any(name.endswith("storage") for name in hard)
    return bool(own & set(hard)) or (kind == "Service" and any(name.startswith("services.") for name in hard))


def _usage(obj: Obj) -> Amounts:
    """What one object uses, by the names that quotas have for it."""
    kind = obj["kind"]
    amounts = {f"count/{of_kind(kind).qualified}": Decimal(1)}
    if kind == "Pod" and (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return amounts
    if kind in COUNTED:
        amounts[COUNTED[kind]] = Decimal(1)
    if kind == "Pod":
        amounts |= _of_pod(obj)
    elif kind == "PersistentVolumeClaim":
        size = parse(((obj["spec"].get("resources") or {}).get("requests") or {}).get("storage", 0))
        class_name = obj["spec"].get("storageClassName") or ""
        amounts["requests.storage"] = size
        amounts[f"{class_name}.storageclass.storage.k8s.io/requests.storage"] = size
    elif kind == "Service":
        amounts["services.loadbalancers"] = Decimal(obj["spec"].get("type") == "LoadBalancer")
        amounts["services.nodeports"] = Decimal(sum("nodePort" in port for port in obj["spec"].get("ports") or []))
    return amounts


def _of_pod(pod: Obj) -> Amounts:
    amounts: Amounts = {}
    for name, amount in pod_requests(pod).items():
        amounts[name] = amounts[f"requests.{name}"] = amount
    for container in pod["spec"].get("containers") or []:
        for name, amount in ((container.get("resources") or {}).get("limits") or {}).items():
            key = f"limits.{name}"
            amounts[key] = amounts.get(key, Decimal(0)) + parse(amount)
    return amounts


def _missing_fields(pod: Obj, hard: Obj) -> str:
    """What the containers have to say because the quota counts it."""
    missing = []
    for name in sorted(set(SPECIFIED) & set(hard)):
        part, _, resource = name.rpartition(".")
        silent = [
            container["name"]
            for container in [*(pod["spec"].get("containers") or []), *(pod["spec"].get("initContainers") or [])]
            if resource not in ((container.get("resources") or {}).get(part or "requests") or {})
        ]
        if silent:
            missing.append(f"{name} for: {','.join(sorted(silent))}")
    return "; ".join(missing)
