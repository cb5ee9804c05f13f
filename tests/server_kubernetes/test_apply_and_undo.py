"""Apply and undo give the state back, for every write tool and whatever is written; the previews' digests say so."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

import pytest

from mcp_servers.kubernetes import writes
from mcp_servers.writing.tools import write_classes
from tests.server_kubernetes.live_shop import Front, LiveShop, preview, refusal, service, shop_world, workload

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
ROUNDS: Final = 3  # of each tool, applied and undone
DRAWS: Final = 20  # until so many can be done
NO_UNDO: Final = {"kubectl_rollout_restart", "kubectl_evict_pod"}  # pods that were replaced do not come back
SIZES: Final = ("none", "64Mi", "96Mi", "1Gi")
CPUS: Final = ("none", "50m", "250m", "1")
FRONT: Final = {"namespace": "shop", "name": "front"}


def rollout_undo(dice: random.Random, shop: LiveShop) -> Obj:
    sets = shop.on_loop(lambda: shop.world.objects.all("ReplicaSet", "shop"))
    revisions = sorted(int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]) for one in sets)
    return {"namespace": "shop", "name": "web", "to_revision": dice.choice(revisions[:-1])}


def resources(dice: random.Random, shop: LiveShop) -> Obj:
    kind, name = dice.choice([("Deployment", "web"), ("StatefulSet", "store"), ("DaemonSet", "agent")])
    sizes = {"memory_limit": SIZES, "memory_request": SIZES[:2], "cpu_limit": CPUS, "cpu_request": CPUS[:2]}
    fields = dice.sample(sorted(sizes), dice.randint(1, len(sizes)))
    return {"namespace": "shop", "kind": kind, "name": name, **{which: dice.choice(sizes[which]) for which in fields}}


def scale(dice: random.Random, shop: LiveShop) -> Obj:
    kind, name = dice.choice([("Deployment", "web"), ("StatefulSet", "store")])
    return {"namespace": "shop", "kind": kind, "name": name, "replicas": dice.randint(0, 5)}


def set_service(dice: random.Random, shop: LiveShop) -> Obj:
    change: Obj = dice.choice(
        [
            {"selector": dice.choice(["app=store", "app=web"])},
            {"port": 80, "target_port": str(dice.choice([8080, 9090]))},
            {"internal_traffic_policy": dice.choice(["Cluster", "Local"])},
        ]
    )
    return {"namespace": "shop", "name": "web", **change}


def set_ingress_backend(dice: random.Random, shop: LiveShop) -> Obj:
    return {**FRONT, "host": "web.test", "path": "/", "service": dice.choice(["web", "store"]), "port": "80"}


def of_template(dice: random.Random) -> Obj:
    """Any workload whose pod template can be changed; each has a container of its own name."""
    kind, name = dice.choice([("Deployment", "web"), ("StatefulSet", "store"), ("CronJob", "report")])
    return {"namespace": "shop", "kind": kind, "name": name}


def set_image(dice: random.Random, shop: LiveShop) -> Obj:
    return {**of_template(dice), "image": dice.choice(["web:1", "web:3", "registry.test/store@sha256:0a"])}


def set_command(dice: random.Random, shop: LiveShop) -> Obj:
    words = {"command": [[], ["/bin/serve"]], "args": [[], ["--port", "8080"], ["-v"]]}
    fields = dice.sample(sorted(words), dice.randint(1, 2))
    return {**of_template(dice), **{field: dice.choice(words[field]) for field in fields}}


def set_env(dice: random.Random, shop: LiveShop) -> Obj:
    change: Obj = dice.choice([{"value": "info"}, {"value": ""}, {"remove": True}])
    return {**of_template(dice), "variable": dice.choice(["LEVEL", "REGION", "MODE"]), **change}


def set_probe(dice: random.Random, shop: LiveShop) -> Obj:
    times = ("initial_delay_seconds", "period_seconds", "timeout_seconds", "failure_threshold")
    thresholds: Obj = {name: dice.choice([1, 3, 10, 40]) for name in dice.sample(times, dice.randint(0, 3))}
    asks: Obj = dice.choice([{"path": "/"}, {"path": "/ready"}, {"port": 8080}, {"port": "web", "path": "/ready"}])
    return {"namespace": "shop", "kind": "StatefulSet", "name": "store", "probe": "livenessProbe", **thresholds, **asks}


def set_node_selector(dice: random.Random, shop: LiveShop) -> Obj:
    label = dice.choice(["disk", "example.test/pool"])
    return {**of_template(dice), "label": label, **dice.choice([{"value": "fast"}, {"value": "b"}, {"remove": True}])}


def set_toleration(dice: random.Random, shop: LiveShop) -> Obj:
    taint = dice.choice(["dedicated=gpu:NoSchedule", "spot:NoExecute", "empty=:PreferNoSchedule"])
    return {**of_template(dice), "taint": taint, **dice.choice([{}, {"remove": True}])}


def set_reference(dice: random.Random, shop: LiveShop) -> Obj:
    below = dice.choice(
        ["volumes/0/configMap/name", "containers/0/envFrom/0/secretRef/name", "volumes/9/configMap/name"]
    )
    place = {"namespace": "shop", "kind": "StatefulSet", "name": "store"}
    return {**place, "path": f"/spec/template/spec/{below}", "value": dice.choice(["settings", "other"])}


def rollout(dice: random.Random, shop: LiveShop) -> Obj:
    return {"namespace": "shop", "name": dice.choice(["web", "held"])}


def batch(dice: random.Random, shop: LiveShop) -> Obj:
    return {
        "namespace": "shop",
        **dice.choice([{"kind": "CronJob", "name": "report"}, {"kind": "Job", "name": "import"}]),
    }


def autoscaler_bounds(dice: random.Random, shop: LiveShop) -> Obj:
    bounds = {"min_replicas": dice.choice([1, 2, 3]), "max_replicas": dice.choice([4, 9])}
    sides = dice.sample(sorted(bounds), dice.randint(1, 2))
    return {"namespace": "shop", "name": "web", **{bound: bounds[bound] for bound in sides}}


def disruption_budget(dice: random.Random, shop: LiveShop) -> Obj:
    field = dice.choice(["min_available", "max_unavailable"])
    return {"namespace": "shop", "name": "web", field: dice.choice([0, 1, "50%"])}


def allow_traffic(dice: random.Random, shop: LiveShop) -> Obj:
    peer = dice.choice([{"peer_labels": "app=web"}, {"peer_labels": "app=api,tier=a", "peer_namespace": "portal"}])
    way = {"direction": dice.choice(["ingress", "egress"]), "port": dice.choice([80, 8080]), **peer}
    return {"namespace": "shop", "name": dice.choice(["closed", "open"]), **way}


def node(dice: random.Random, shop: LiveShop) -> Obj:
    return {"name": dice.choice(names_of_nodes(shop))}


def config_map(dice: random.Random, shop: LiveShop) -> Obj:
    restart = dice.choice([{}, {"restart": "StatefulSet/store"}])
    return {"namespace": "shop", "name": "settings", "key": dice.choice(["LEVEL", "GONE", "NEW"]), **restart}


def storage_class(dice: random.Random, shop: LiveShop) -> Obj:
    return {"namespace": "shop", "name": dice.choice(["fast", "bulk"])}


CALLS: Final = {
    "kubectl_create_storage_class": storage_class,
    "kubectl_restore_config_map": config_map,
    "kubectl_cordon": node,
    "kubectl_uncordon": node,
    "kubectl_drain": node,
    "kubectl_set_autoscaler_bounds": autoscaler_bounds,
    "kubectl_set_disruption_budget": disruption_budget,
    "kubectl_allow_traffic": allow_traffic,
    "kubectl_set_image": set_image,
    "kubectl_set_command": set_command,
    "kubectl_set_env": set_env,
    "kubectl_set_probe": set_probe,
    "kubectl_set_node_selector": set_node_selector,
    "kubectl_set_toleration": set_toleration,
    "kubectl_set_reference": set_reference,
    "kubectl_rollout_pause": rollout,
    "kubectl_rollout_resume": rollout,
    "kubectl_suspend": batch,
    "kubectl_resume": batch,
    "kubectl_rollout_undo": rollout_undo,
    "kubectl_set_resources": resources,
    "kubectl_scale": scale,
    "kubectl_set_service": set_service,
    "kubectl_set_ingress_backend": set_ingress_backend,
}


@pytest.fixture
def shop(server: Front, tmp_path: Path) -> LiveShop:
    live = LiveShop(server, tmp_path, shop_world())
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": "web.test", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    ingress = {"kind": "Ingress", "metadata": FRONT, "spec": {"ingressClassName": "nginx", "rules": [rule]}}
    live.apply(
        store(),
        workload("Deployment", "held", 1, paused=True),
        workload("DaemonSet", "agent"),
        service("store"),
        ingress,
        *batches(),
        *guards(),
        settings(),
        *storage(),
    )
    live.on_loop(lambda: cordon(live, "worker-2"))
    return live


def cordon(shop: LiveShop, name: str) -> None:
    node = shop.world.objects.get("Node", "", name)
    assert node is not None
    shop.world.objects.replace({**node, "spec": {**node["spec"], "unschedulable": True}})


def store() -> Obj:
    """A StatefulSet with something of each field that can be set."""
    stateful_set = workload("StatefulSet", "store")
    spec = stateful_set["spec"]["template"]["spec"]
    spec |= {"nodeSelector": {"disk": "fast"}, "volumes": [{"name": "conf", "configMap": {"name": "settings"}}]}
    spec["tolerations"] = [{"key": "spot", "operator": "Exists", "effect": "NoExecute"}]
    spec["containers"][0] |= {
        "command": ["/bin/store"],
        "env": [{"name": "LEVEL", "value": "debug"}, {"name": "MODE", "value": "fast"}],
        "envFrom": [{"secretRef": {"name": "login"}}],
        "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}, "periodSeconds": 40},
    }
    return stateful_set


def storage() -> list[Obj]:
    """A default class, and claims of others that are not there."""
    meta = {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    claims = [
        {
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": f"{name}-files", "namespace": "shop"},
            "spec": {
                "storageClassName": name,
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }
        for name in ("fast", "bulk")
    ]
    default = {
        "kind": "StorageClass",
        "metadata": meta,
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3"},
    }
    return [default, *claims]


def settings() -> Obj:
    """A ConfigMap whose values are not those that were applied."""
    meta = {"name": "settings", "namespace": "shop"}
    manifest = {"kind": "ConfigMap", "metadata": meta, "data": {"LEVEL": "info", "GONE": "1", "SAME": "x"}}
    marks = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(manifest)}
    return {"kind": "ConfigMap", "metadata": {**meta, "annotations": marks}, "data": {"LEVEL": "debug", "NEW": "2"}}


def guards() -> list[Obj]:
    """An autoscaler, a budget and two policies."""
    web = {"matchLabels": {"app": "web"}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "gone"}  # so that it moves nothing
    rules: list[Obj] = [{"from": [{"podSelector": {}}]}]
    specs: dict[tuple[str, str], Obj] = {
        ("HorizontalPodAutoscaler", "web"): {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4},
        ("PodDisruptionBudget", "web"): {"selector": web, "minAvailable": 1},
        ("NetworkPolicy", "closed"): {"podSelector": {}, "policyTypes": ["Ingress"]},
        ("NetworkPolicy", "open"): {"podSelector": web, "policyTypes": ["Ingress", "Egress"], "ingress": rules},
    }
    return [
        {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
        for (kind, name), spec in specs.items()
    ]


def batches() -> list[Obj]:
    """A CronJob that runs, and a Job that is suspended."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "report", "image": "report:1"}]}
    job = {"template": {"spec": pod}}
    cron = {"schedule": "0 3 * * *", "jobTemplate": {"spec": job}}
    return [
        {"kind": "CronJob", "metadata": {"name": "report", "namespace": "shop"}, "spec": cron},
        {"kind": "Job", "metadata": {"name": "import", "namespace": "shop"}, "spec": {**job, "suspend": True}},
    ]


def test_every_tool_that_can_be_undone_is_drawn_here() -> None:
    assert {write.tool for write in write_classes(writes)} == CALLS.keys() | NO_UNDO


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(30, marks=pytest.mark.long)])
@pytest.mark.parametrize("tool", CALLS)
async def test_apply_and_undo_give_the_state_back(tool: str, rounds: int, shop: LiveShop) -> None:
    dice, undone = random.Random(f"{tool} {rounds}"), 0
    async with shop.client(shop.options(allow=("shop", "node:*"))) as client:
        for _ in range(DRAWS * rounds // ROUNDS):
            if undone == rounds:
                break
            call = CALLS[tool](dice, shop)
            dry = await preview(client, tool, call)
            if dry.is_error or not dry.structured_content["data"]["diff"]:
                assert not dry.is_error or refusal(dry), "what cannot be meant, or changes nothing, is not applied"
                continue
            if dry.structured_content["data"]["undo"] is None:
                continue  # and the preview says why
            before = state(shop)
            dry_run, answer = await shop.write(client, tool, call)
            shop.advance(40)
            changed = state(shop)
            undo = answer["undo"]
            assert undo == dry_run["undo"]
            again, done = await shop.write(client, undo["tool"], undo["arguments"])
            shop.advance(40)
            assert changed != before and state(shop) == before, (call, undo)
            redo = (await preview(client, done["undo"]["tool"], done["undo"]["arguments"])).structured_content["data"]
            assert again["state"] != dry_run["state"] == redo["state"], "and the digest of a preview tells it"
            undone += 1
    assert undone, "something was drawn that can be done"


def state(shop: LiveShop) -> list[Any]:
    """The specs of everything that the tools write to, without fields that hold nothing."""
    objects = [("Deployment", "web"), ("StatefulSet", "store"), ("DaemonSet", "agent"), ("Service", "web")]
    objects += [("Ingress", "front"), ("CronJob", "report"), ("Job", "import"), ("Deployment", "held")]
    objects += [(one["kind"], one["metadata"]["name"]) for one in guards()]
    nodes = [_of_people(shop.get("Node", name, "")["spec"]) for name in names_of_nodes(shop)]
    specs = [_without_stamps(shop.get(kind, name)["spec"]) for kind, name in objects]
    classes = [_of_class(one) for one in shop.on_loop(lambda: shop.world.objects.all("StorageClass"))]
    return [_without_empty(one) for one in (*specs, *nodes, *classes, shop.get("ConfigMap", "settings")["data"])]


def _of_class(storage_class: Obj) -> Obj:
    return {key: value for key, value in storage_class.items() if key != "metadata"}


def _without_stamps(spec: Obj) -> Obj:
    """Without the time of a restart, which no undo takes back."""
    copy: Obj = json.loads(json.dumps(spec))
    marks = (copy.get("template") or {}).get("metadata", {}).get("annotations") or {}
    marks.pop("kubectl.kubernetes.io/restartedAt", None)
    return copy


def _of_people(spec: Obj) -> Obj:
    """Without the taint that a controller puts on what is cordoned, with its time."""
    taints = [one for one in spec.get("taints") or [] if one["key"] != "node.kubernetes.io/unschedulable"]
    return {**spec, "taints": taints}


def names_of_nodes(shop: LiveShop) -> list[str]:
    return sorted(one["metadata"]["name"] for one in shop.on_loop(lambda: shop.world.objects.all("Node")))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {key: _without_empty(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part not in ({}, [], None)}
    return [_without_empty(part) for part in value] if isinstance(value, list) else value
