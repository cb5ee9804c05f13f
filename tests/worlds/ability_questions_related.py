"""Questions about one thing whose answer stands in another: its scaler, claim, Service, node, quota."""

from __future__ import annotations

from tests.worlds import calling, objects
from tests.worlds.ability_questions_attributes import of_container
from tests.worlds.ability_questions_counting import ZERO, answer, ask
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import autoscaler, budget, claim_volume, serving_app


@situation("questions")
def scaling_of_one_that_nothing_scales(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"how far may {app.name} scale?",
        f"max replicas of {app.name}?",
        f"what are the min and max replicas of {app.name}",
        f"up to how many pods can {app.name} grow",
    )
    return ask(draw, text, answer(rf"{ZERO}.{{0,40}}(?:autoscaler|hpa)|not autoscaled"))


@situation("questions")
def load_at_which_one_scales(draw: Draw) -> Told:
    app = serving_app(draw)
    scaler = autoscaler(draw, app, most=9, desired=2)
    target = draw.pick(55, 65, 80)
    scaler["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] = target
    draw.objects.append(scaler)
    text = draw.pick(
        f"at which cpu target does {app.name} scale?",
        f"target utilization of the hpa {app.name}?",
        f"what is the scaling target of {app.name}",
    )
    return ask(draw, text, answer(rf"\b{target}\b"))


@situation("questions")
def fewest_that_one_may_have(draw: Draw) -> Told:
    app = serving_app(draw)
    scaler = autoscaler(draw, app, most=draw.number(7, 20), desired=3)
    least = scaler["spec"]["minReplicas"] = draw.number(2, 3)
    draw.objects.append(scaler)
    text = draw.pick(
        f"what is the minimum number of replicas of {app.name}?",
        f"min replicas of {app.name}",
        f"how far down can the hpa of {app.name} go?",
        f"minReplicas {app.name} in {app.namespace}?",
    )
    return ask(draw, text, answer(rf"\b{least}\b"))


@situation("questions")
def storage_of_a_workload(draw: Draw) -> Told:
    app = serving_app(draw)
    name = claim_volume(draw, app)
    size = f"{draw.pick(25, 80, 120)}Gi"
    for one in draw.objects:
        if one["kind"] == "PersistentVolumeClaim":
            one["spec"]["resources"]["requests"]["storage"] = one["status"]["capacity"]["storage"] = size
    text, says = draw.pick(
        (f"how much storage does {app.name} have?", size),
        (f"which storage class does {app.name} use and how big is its volume?", f"{size}.*gp3|gp3.*{size}"),
        (f"what volumes does {app.name} mount", name),
        (f"how big is the disk of {app.name}?", size),
        (f"which pvc does {app.name} use?", name),
    )
    return ask(draw, text, answer(says))


@situation("questions")
def service_in_front_of_one(draw: Draw) -> Told:
    app = draw.app(service=f"{draw.name()}-svc")
    draw.chatter(app)
    name = app.service["metadata"]["name"]
    text = draw.pick(
        f"which service is in front of {app.name}?",
        f"what service exposes {app.name}",
        f"through which service is deployment {app.name} reached",
        f"which svc selects the pods of {app.name}?",
    )
    return ask(draw, text, answer(name))


@situation("questions")
def entrance_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    host = f"{draw.pick('pay', 'docs', 'in')}.{draw.pick('acme', 'contoso')}.example.com"
    draw.objects.append(objects.ingress(f"{app.name}-in", app.namespace, host, app.service["metadata"]["name"]))
    text = draw.pick(
        f"under which hostname is {app.name} exposed?",
        f"which ingress routes to {app.name}",
        f"what public url does {app.name} have?",
        f"is {app.name} exposed to the outside, under which host?",
    )
    says = rf"{app.name}-in" if "which ingress" in text else host.replace(".", r"\.")
    return ask(draw, text, answer(says))


@situation("questions")
def nodes_of_a_workload(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    text = draw.pick(
        f"where does {app.name} run?",
        f"on which nodes does {app.name} run",
        f"which node hosts {app.name}?",
        f"what machine is {app.pod} running on",
    )
    return ask(draw, text, answer(node.replace(".", r"\.")))


@situation("questions")
def zone_of_a_workload(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.chatter(app)
    zone = draw.pick("eu-central-1c", "us-east-2b", "ap-south-1a")
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == app.pods[0]["spec"]["nodeName"]:
            one["metadata"]["labels"]["topology.kubernetes.io/zone"] = zone
    text = draw.pick(
        f"in which zone does {app.name} run?",
        f"which availability zone is {app.pod} in",
        f"zone of {app.name}?",
    )
    return ask(draw, text, answer(zone))


@situation("questions")
def evictions_that_a_budget_allows(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(3, 5))
    draw.chatter(app)
    budget_obj = budget(app)
    least = budget_obj["spec"]["minAvailable"] = draw.number(1, 2)
    budget_obj["status"]["disruptionsAllowed"] = app.replicas - least
    draw.objects.append(budget_obj)
    text, says = draw.pick(
        (f"how many pods of {app.name} may be evicted at once?", str(app.replicas - least)),
        (f"allowed disruptions of {app.name}?", str(app.replicas - least)),
        (f"min available of the pdb of {app.name}", str(least)),
        (f"which disruption budget covers {app.name}?", f"{app.name}-pdb"),
    )
    return ask(draw, text, answer(rf"\b{says}\b"))


@situation("questions")
def quota_of_a_place(draw: Draw) -> Told:
    app = serving_app(draw)
    hard, used = draw.number(20, 60), draw.number(3, 19)
    amounts = {"hard": {"pods": str(hard), "requests.cpu": "16"}, "used": {"pods": str(used), "requests.cpu": "2500m"}}
    draw.objects.append(
        {"kind": "ResourceQuota", "metadata": objects.meta("team", app.namespace, 9000, {}),
         "spec": {"hard": amounts["hard"]}, "status": amounts}
    )  # fmt: skip
    text, says = draw.pick(
        (f"what quota does namespace {app.namespace} have?", hard),
        (f"how much of the quota of {app.namespace} is used", used),
        (f"quota in {app.namespace}?", hard),
        (f"resource quota of ns {app.namespace} and its usage", used),
    )
    return ask(draw, text, answer(rf"\b{says}\b"))


@situation("questions")
def configuration_that_one_uses(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{draw.name()}-config"
    draw.objects.append(
        {"kind": "ConfigMap", "metadata": objects.meta(name, app.namespace, 900, {}), "data": {"MODE": "b"}}
    )
    of_container(app, envFrom=[{"configMapRef": {"name": name}}])
    text = draw.pick(
        f"which configmaps does {app.name} use?",
        f"what config map is mounted by {app.name}",
        f"configmap of {app.name}?",
        f"from which configmap does {app.name} get its settings",
    )
    return ask(draw, text, answer(name))


@situation("questions")
def who_would_notice(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    calling.told_of(draw, caller, "UPSTREAM", f"http://{callee.service['metadata']['name']}:80", "env")
    text = draw.pick(
        f"what depends on {callee.name}?",
        f"who would be affected if {callee.name} goes down?",
        f"what breaks when {callee.name} is down",
        f"which services use {callee.name}?",
        f"who calls {callee.name} in {callee.namespace}",
    )
    return ask(draw, text, answer(caller.name))
