"""Whatever exists can be meant: nodes, claims, hosts, budgets, namespaces, and kinds that nobody listed."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, budget, claim_volume, lose, near, sick, waits


@situation("subjects")
def node_that_a_sentence_names(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    node = app.pods[0]["spec"]["nodeName"]
    lose(draw, node)
    text = draw.pick(f"node {node} is not ready", f"Kubelet on {node} stopped posting status", f"{node} went away")
    trigger = triggers.webhook(text)
    return Told(
        draw.world(),
        trigger,
        Expect(("cause", "open"), subjects=(f"Node/{node}",), says=(node.split(".", maxsplit=1)[0],)),
    )


@situation("subjects")
def node_by_its_scrape_address(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    node = app.pods[0]["spec"]["nodeName"]
    lose(draw, node)
    trigger = triggers.alertmanager(
        "NodeExporterDown", {"instance": f"{node}:9100", "job": "node-exporter"}, {"summary": "node is down"}
    )
    return Told(
        draw.world(),
        trigger,
        Expect(("cause", "open"), subjects=(f"Node/{node}",), says=(node.split(".", maxsplit=1)[0],)),
    )


@situation("subjects")
def claim_that_a_label_names(draw: Draw) -> Told:
    app = draw.app()
    claim = claim_volume(draw, app, phase="Pending")
    waits(draw, app, claim)
    where = {"namespace": app.namespace, "persistentvolumeclaim": claim}
    trigger = triggers.alertmanager("KubePersistentVolumeClaimPending", where, {"summary": f"claim {claim} is pending"})
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(claim,), may_propose=True))


@situation("subjects")
def claim_that_a_sentence_names(draw: Draw) -> Told:
    app = draw.app()
    claim = claim_volume(draw, app, phase="Pending")
    waits(draw, app, claim)
    sick(draw, draw.place())
    trigger = triggers.webhook(
        draw.pick(f"PVC {claim} is stuck in Pending", f"persistentvolumeclaim {claim} not bound")
    )
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(claim,), may_propose=True))


@situation("subjects")
def host_of_an_ingress_without_its_service(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, draw.place())
    host = f"{draw.pick('www', 'shop', 'portal')}.{draw.pick('acme', 'contoso', 'initech')}.example.com"
    draw.objects.append(objects.ingress(f"{app.name}-web", app.namespace, host, f"{app.name}-old"))
    text = draw.pick(f"https://{host}/ answers 503", f"{host} is down", f"Uptime check of {host} failed")
    where = {"instance": f"https://{host}/health", "job": draw.pick("blackbox", "probe")}
    trigger = triggers.alertmanager("ProbeFailed", where, {"summary": text})
    right = Expect(
        ("cause", "open"), classes=("ingress_misrouted",), says=(f"{app.name}-(?:web|old)|{host}",), may_propose=True
    )
    return Told(draw.world(), trigger, right)


@situation("subjects")
def address_of_a_service_leads_to_its_workload(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    other = sick(draw, draw.place())
    address = f"http://{other.service['metadata']['name']}.{other.namespace}.svc.cluster.local:80/healthz"
    trigger = triggers.alertmanager(
        "ProbeFailed", {"instance": address, "job": "blackbox"}, {"summary": f"Probe of {address} failed"}
    )
    expect = Expect(("cause", "open"), subjects=(other.subject,), says=(other.name,), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("subjects")
def autoscaler_without_metrics(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    scaler = autoscaler(draw, app, most=app.replicas + 4, desired=app.replicas)
    scaler["metadata"]["name"] = f"{app.name}-hpa"
    scaler["status"]["conditions"][1] = {
        "type": "ScalingActive",
        "status": "False",
        "reason": "FailedGetResourceMetric",
        "message": "unable to get metrics for resource cpu: no metrics returned from resource metrics API",
    }
    draw.objects.append(scaler)
    trigger = triggers.webhook(f"hpa {app.name}-hpa cannot scale", namespace=app.namespace)
    if draw.pick(True, False):
        where = {"namespace": app.namespace, "horizontalpodautoscaler": f"{app.name}-hpa"}
        trigger = triggers.alertmanager("KubeHpaCannotScale", where, {"summary": "HPA cannot scale"})
    return Told(
        draw.world(),
        trigger,
        Expect(("cause", "open"), classes=("autoscaler_blocked",), says=(app.name,), may_propose=True),
    )


@situation("subjects")
def budget_that_a_label_names(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    draw.objects.append(budget(app))
    where = {"namespace": app.namespace, "poddisruptionbudget": f"{app.name}-pdb"}
    trigger = triggers.alertmanager(
        "KubePdbNotEnoughHealthyPods", where, {"summary": f"PDB {app.name}-pdb allows no disruption"}
    )
    return Told(draw.world(), trigger, Expect(("open", "cause", "well"), says=(app.name,), may_propose=True))


@situation("subjects")
def question_about_an_object_of_a_rare_kind(draw: Draw) -> Told:
    app = draw.app()
    name = f"{app.name}-settings"
    draw.objects.append(
        {
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(900)},
            "data": {"mode": "fast"},
        }
    )
    text = draw.pick(f"what is wrong with configmap {name}?", f"is configmap {name} in {app.namespace} ok?")
    never = ("(?:no|not) .{0,30}(?:named|called|found)", "does not exist", "is not there")
    return Told(draw.world(), triggers.question(text), Expect(("answered", "well"), says=(name,), never=never))


@situation("subjects")
def sentence_that_names_an_object_of_a_rare_kind(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    name = f"{app.name}-quota"
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(900)},
            "spec": {"hard": {"pods": "4"}},
            "status": {"hard": {"pods": "4"}, "used": {"pods": "4"}},
        }
    )
    trigger = triggers.webhook(
        draw.pick(f"ResourceQuota {name} is used up", f"resourcequota {name} nearly full"), namespace=app.namespace
    )
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(name,)))


@situation("subjects")
def namespace_whose_ending_hangs_beside_a_sick_one(draw: Draw) -> Told:
    near(draw)
    namespace = draw.place()
    space = draw.namespace(namespace)
    space["metadata"]["deletionTimestamp"] = objects.at(200)
    message = "Discovery failed for some groups, 1 failing: unable to retrieve the server APIs: metrics.k8s.io/v1beta1"
    space["status"] = {
        "phase": "Terminating",
        "conditions": [
            {
                "type": "NamespaceDeletionDiscoveryFailure",
                "status": "True",
                "reason": "DiscoveryFailed",
                "message": message,
                "lastTransitionTime": objects.at(190),
            }
        ],
    }
    trigger = triggers.webhook(f"namespace {namespace} cannot be deleted")
    return Told(draw.world(), trigger, Expect(("cause", "open"), classes=("finalizer_stuck",), says=(namespace,)))


@situation("subjects")
def object_of_a_rare_kind_that_does_not_go(draw: Draw) -> Told:
    app = near(draw)
    name = f"{app.name}-{draw.pick('lease', 'state', 'registry')}"
    finalizer = f"{draw.pick('storage', 'ops', 'tenant')}.example.com/{draw.pick('hold', 'protect', 'cleanup')}"
    meta: Obj = {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(9000)}
    meta |= {"deletionTimestamp": objects.at(draw.number(30, 500)), "finalizers": [finalizer]}
    draw.objects.append({"kind": draw.pick("ConfigMap", "ServiceAccount"), "metadata": meta})
    kind = draw.objects[-1]["kind"]
    text = f"why does {kind.lower()} {name} in namespace {app.namespace} not go away?"
    trigger = draw.pick(
        triggers.question(text), triggers.webhook(f"{kind} {name} is stuck terminating", namespace=app.namespace)
    )
    right = Expect(("cause", "open", "answered"), classes=("finalizer_stuck",), says=(name, finalizer))
    return Told(draw.world(), trigger, right)
