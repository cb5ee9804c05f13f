"""The subject is settled or nothing is: a name that leads nowhere makes no neighbour the cause and nothing is proposed."""

from __future__ import annotations

from tests.worlds import parts
from tests.worlds.ability_claims import autoscaler, budget, claimed, labels
from tests.worlds.parts import App, Draw, Obj
from tests.worlds.situation import Expect, Told, situation

NOBODY = Expect(("open", "answered"))


def sick(draw: Draw, namespace: str, **given: str) -> App:
    """A neighbour that crashes, and has an earlier revision that it could go back to."""
    app = draw.app(namespace, **given)
    parts.broken(app, exit_code=draw.pick(1, 2, 139))
    for pod in app.pods:
        draw.log(
            app,
            ["starting", draw.pick("panic: nil map", "Error: cannot read rates", "FATAL bad schema")],
            pod=pod,
            every=1,
        )
    before = parts.serving(draw, app.name, app.namespace, 1, "", app.port).replica_set
    before["metadata"]["creationTimestamp"] = parts.at(app.age + 5000)
    before["spec"]["replicas"] = 0
    before["status"] = {"replicas": 0}
    app.deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
    app.replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
    app.replica_set["metadata"]["creationTimestamp"] = parts.at(20)
    draw.objects.append(before)
    return app


def near(draw: Draw) -> App:
    """A workload that serves, and beside it one that crashes."""
    app = draw.app()
    draw.chatter(app)
    sick(draw, app.namespace)
    return app


@situation("subjects")
def service_label_of_nothing_beside_a_sick_one(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    text = draw.pick(f"{ghost} has a high error rate", f"5xx of {ghost} above 10%", f"{ghost} is slow")
    where = {"namespace": app.namespace, "service": ghost}
    return Told(draw.world(), parts.alertmanager("ServiceErrors", where, {"summary": text}), NOBODY)


@situation("subjects")
def app_label_of_nothing_beside_a_sick_one(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    where = {"namespace": app.namespace, draw.pick("app", "app_kubernetes_io_name", "workload"): ghost}
    text = {"summary": draw.pick("Pods are crash looping", f"{ghost} is down", "replicas unavailable")}
    return Told(draw.world(), parts.alertmanager("AppUnavailable", where, text), NOBODY)


@situation("subjects")
def job_label_of_a_job_that_is_gone(draw: Draw) -> Told:
    app = near(draw)
    ghost = f"{draw.name()}-{draw.number(29000000, 29999999)}"
    where = {"namespace": app.namespace, "job_name": ghost}
    return Told(draw.world(), parts.alertmanager("KubeJobFailed", where, {"summary": f"Job {ghost} failed"}), NOBODY)


@situation("subjects")
def deployment_label_of_nothing(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    where = {"namespace": app.namespace, "deployment": ghost}
    trigger = parts.alertmanager("KubeDeploymentReplicasMismatch", where, {"summary": f"{ghost} lacks replicas"})
    return Told(draw.world(), trigger, NOBODY)


@situation("subjects")
def name_that_is_almost_the_sick_ones(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    other = sick(draw, app.namespace)
    ghost = other.name[:-2] if draw.pick(True, False) else f"{other.name}s"
    where = {"namespace": app.namespace, "service": ghost}
    return Told(draw.world(), parts.alertmanager("ServiceDown", where, {"summary": f"{ghost} is down"}), NOBODY)


@situation("subjects")
def lookup_that_is_denied(draw: Draw) -> Told:
    app = near(draw)
    for resource in draw.pick(("deployments",), ("deployments", "services"), ("services", "pods")):
        message = f'{resource} is forbidden: User "sre" cannot list resource "{resource}" at the cluster scope'
        draw.deny.append({"verb": "list", "resource": resource, "scope": "", "message": message})
    ghost = draw.name()
    where = {"namespace": app.namespace, "service": ghost}
    return Told(draw.world(), parts.alertmanager("ServiceDown", where, {"summary": f"{ghost} is down"}), NOBODY)


@situation("subjects")
def named_in_a_webhook_and_not_there(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    trigger = parts.webhook(f"{ghost} is unhealthy", service=ghost, namespace=app.namespace)
    return Told(draw.world(), trigger, NOBODY)


@situation("subjects")
def named_in_a_webhook_sentence_and_not_there(draw: Draw) -> Told:
    near(draw)
    ghost = draw.name()
    return Told(draw.world(), parts.webhook(f"Deployment {ghost} keeps crashing"), NOBODY)


@situation("subjects")
def question_about_nothing_beside_a_sick_one(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    text = draw.pick(
        f"why is {ghost} failing?", f"what is wrong with {ghost} in {app.namespace}?", f"Is {ghost} healthy?"
    )
    return Told(draw.world(), parts.question(text), Expect(("answered", "open"), says=("no |not |n't",)))


@situation("subjects")
def ordinary_words_are_no_names(draw: Draw) -> Told:
    """Nothing in the text is the name of a thing; that is said, and no word of it is called absent."""
    app = draw.app()
    draw.chatter(app)
    text = draw.pick(
        "Checkout conversion dropped sharply for customers in Europe", "Payment Success Rate below target during peak",
        "Many users report blank pages after login", "Slow Page Loads observed by synthetic monitoring",
    )  # fmt: skip
    forbidden = ("(?:no|not) .{0,40}(?:called|named) (?:checkout|payment|users|pages|slow|europe|conversion|synthetic)",
                 "(?:checkout|payment|users|pages|europe|conversion|synthetic)\\W+(?:does not exist|is not there|was not found)")  # fmt: skip
    return Told(
        draw.world(), parts.alertmanager("BusinessKpi", {}, {"summary": text}), Expect(("open",), never=forbidden)
    )


@situation("subjects")
def ordinary_words_beside_a_sick_one_with_such_a_word(draw: Draw) -> Told:
    """The word of a sentence that a workload happens to be called after is no proof that it is meant."""
    app = draw.app()
    draw.chatter(app)
    where = {"namespace": app.namespace, "deployment": app.name}
    other = sick(draw, app.namespace, name=draw.pick("notice", "target", "window", "review"))
    text = f"{app.name} is above target in the last window, please review this notice"
    trigger = parts.alertmanager("HighLatency", where, {"summary": text})
    return Told(draw.world(), trigger, Expect(("open",), never=(other.subject,)))


@situation("subjects")
def address_inside_an_exception(draw: Draw) -> Told:
    """A link in an exception's text is documentation and no dependency."""
    app = draw.app()
    link = draw.pick("https://docs.spring.io/help/errors", "https://go.dev/doc/faq", "https://errors.pydantic.dev/2/v/missing",
                     "https://aka.ms/dotnet-warnings")  # fmt: skip
    line = draw.pick(
        f"ERROR ValidationError: 1 error for Order: field required. For further information visit {link}",
        f"ERROR IllegalStateException: no converter for type Order (see {link})",
    )
    draw.log(app, [line] * 25, every=10)
    trigger = parts.alertmanager("HighErrorRate", labels(draw, app), {"summary": f"{app.name} returns 500"})
    host = link.split("/")[2]
    never = (f"(?:unreachable|cannot reach|not reach|refus|time[sd]? out).{{0,60}}{host}",)
    return Told(
        draw.world(), trigger, Expect(("open", "cause"), subjects=(app.subject,), never=never, may_propose=True)
    )


@situation("subjects")
def node_that_a_sentence_names(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    node = app.pods[0]["spec"]["nodeName"]
    lose(draw, node)
    text = draw.pick(f"node {node} is not ready", f"Kubelet on {node} stopped posting status", f"{node} went away")
    trigger = parts.webhook(text)
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
    trigger = parts.alertmanager(
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
    claim = claimed(draw, app, phase="Pending")
    waits(draw, app, claim)
    where = {"namespace": app.namespace, "persistentvolumeclaim": claim}
    trigger = parts.alertmanager("KubePersistentVolumeClaimPending", where, {"summary": f"claim {claim} is pending"})
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(claim,), may_propose=True))


@situation("subjects")
def claim_that_a_sentence_names(draw: Draw) -> Told:
    app = draw.app()
    claim = claimed(draw, app, phase="Pending")
    waits(draw, app, claim)
    sick(draw, draw.place())
    trigger = parts.webhook(draw.pick(f"PVC {claim} is stuck in Pending", f"persistentvolumeclaim {claim} not bound"))
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(claim,), may_propose=True))


@situation("subjects")
def host_of_an_ingress_without_its_service(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, draw.place())
    host = f"{draw.pick('www', 'shop', 'portal')}.{draw.pick('acme', 'contoso', 'initech')}.example.com"
    draw.objects.append(parts.ingress(f"{app.name}-web", app.namespace, host, f"{app.name}-old"))
    text = draw.pick(f"https://{host}/ answers 503", f"{host} is down", f"Uptime check of {host} failed")
    where = {"instance": f"https://{host}/health", "job": draw.pick("blackbox", "probe")}
    trigger = parts.alertmanager("ProbeFailed", where, {"summary": text})
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
    trigger = parts.alertmanager(
        "ProbeFailed", {"instance": address, "job": "blackbox"}, {"summary": f"Probe of {address} failed"}
    )
    expect = Expect(("cause", "open"), subjects=(other.subject,), says=(other.name,), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("subjects")
def autoscaler_without_metrics(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    scaler = autoscaler(draw, app, most=app.replicas + 4, wanted=app.replicas)
    scaler["metadata"]["name"] = f"{app.name}-hpa"
    scaler["status"]["conditions"][1] = {
        "type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric",
        "message": "unable to get metrics for resource cpu: no metrics returned from resource metrics API",
    }  # fmt: skip
    draw.objects.append(scaler)
    trigger = parts.webhook(f"hpa {app.name}-hpa cannot scale", namespace=app.namespace)
    if draw.pick(True, False):
        where = {"namespace": app.namespace, "horizontalpodautoscaler": f"{app.name}-hpa"}
        trigger = parts.alertmanager("KubeHpaCannotScale", where, {"summary": "HPA cannot scale"})
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
    trigger = parts.alertmanager(
        "KubePdbNotEnoughHealthyPods", where, {"summary": f"PDB {app.name}-pdb allows no disruption"}
    )
    return Told(draw.world(), trigger, Expect(("open", "cause", "well"), says=(app.name,), may_propose=True))


@situation("subjects")
def same_name_in_two_namespaces(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, draw.place(), name=app.name)
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = parts.alertmanager("KubePodNotReady", where, {"summary": f"{app.name} is not ready"})
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("subjects")
def same_name_in_two_namespaces_and_none_said(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, draw.place(), name=app.name)
    trigger = parts.alertmanager("KubePodNotReady", {"deployment": app.name}, {"summary": f"{app.name} is not ready"})
    return Told(draw.world(), trigger, Expect(("open",), says=(app.namespace,)))


@situation("subjects")
def workload_called_like_a_word(draw: Draw) -> Told:
    """What a label names is a name, whatever word it is."""
    app = sick(draw, draw.place(), name=draw.pick("search", "web", "api", "orders", "users"))
    draw.bystanders()
    where = {"namespace": app.namespace, draw.pick("deployment", "app", "service"): app.name}
    trigger = parts.alertmanager("KubePodCrashLooping", where, {"summary": "Pods keep restarting"})
    return Told(
        draw.world(), trigger, Expect(("cause", "open"), subjects=(app.subject,), says=(app.name,), may_propose=True)
    )


@situation("subjects")
def pod_that_is_gone_leads_to_its_workload(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, app.namespace)
    pod = f"{app.name}-{draw.suffix(10)}-{draw.suffix()}"
    where = {"namespace": app.namespace, "pod": pod}
    trigger = parts.alertmanager("KubePodNotReady", where, {"summary": f"Pod {pod} is not ready"})
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("subjects")
def question_about_an_object_of_a_rare_kind(draw: Draw) -> Told:
    app = draw.app()
    name = f"{app.name}-settings"
    draw.objects.append({
        "kind": "ConfigMap", "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": parts.at(900)},
        "data": {"mode": "fast"},
    })  # fmt: skip
    text = draw.pick(f"what is wrong with configmap {name}?", f"is configmap {name} in {app.namespace} ok?")
    never = ("(?:no|not) .{0,30}(?:named|called|found)", "does not exist", "is not there")
    return Told(draw.world(), parts.question(text), Expect(("answered", "well"), says=(name,), never=never))


@situation("subjects")
def sentence_that_names_an_object_of_a_rare_kind(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    name = f"{app.name}-quota"
    draw.objects.append({
        "kind": "ResourceQuota", "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": parts.at(900)},
        "spec": {"hard": {"pods": "4"}}, "status": {"hard": {"pods": "4"}, "used": {"pods": "4"}},
    })  # fmt: skip
    trigger = parts.webhook(
        draw.pick(f"ResourceQuota {name} is used up", f"resourcequota {name} nearly full"), namespace=app.namespace
    )
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(name,)))


@situation("subjects")
def namespace_whose_ending_hangs_beside_a_sick_one(draw: Draw) -> Told:
    near(draw)
    stuck = draw.place()
    space = draw.namespace(stuck)
    space["metadata"]["deletionTimestamp"] = parts.at(200)
    message = "Discovery failed for some groups, 1 failing: unable to retrieve the server APIs: metrics.k8s.io/v1beta1"
    space["status"] = {"phase": "Terminating", "conditions": [
        {"type": "NamespaceDeletionDiscoveryFailure", "status": "True", "reason": "DiscoveryFailed", "message": message,
         "lastTransitionTime": parts.at(190)}]}  # fmt: skip
    trigger = parts.webhook(f"namespace {stuck} cannot be deleted")
    return Told(draw.world(), trigger, Expect(("cause", "open"), classes=("finalizer_stuck",), says=(stuck,)))


def lose(draw: Draw, name: str) -> None:
    """The node's kubelet has not been heard for a while."""
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == name:
            for condition in one["status"]["conditions"]:
                condition.update(status="Unknown", reason="NodeStatusUnknown", lastTransitionTime=parts.at(18),
                                 message="Kubelet stopped posting node status.", lastHeartbeatTime=parts.at(19))  # fmt: skip
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}]
        if one["kind"] == "Pod" and one["spec"].get("nodeName") == name:
            one["status"]["conditions"][0].update(status="False", lastTransitionTime=parts.at(18))


def waits(draw: Draw, app: App, claim: str) -> None:
    """No volume is made for the claim, and the pods wait for it."""
    found: Obj = next(
        one for one in draw.objects if one["kind"] == "PersistentVolumeClaim" and one["metadata"]["name"] == claim
    )
    found["spec"]["storageClassName"] = draw.pick("fast-ssd", "premium", "gp9")
    missing = f'storageclass.storage.k8s.io "{found["spec"]["storageClassName"]}" not found'
    draw.objects.append(parts.event(found, "ProvisioningFailed", missing))
    message = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/2 nodes are available."
    for pod in app.pods:
        pod["spec"].pop("nodeName", None)
        pod["status"] = {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": message,
                    "lastTransitionTime": parts.at(20),
                }
            ],
        }
        pod["status"]["containerStatuses"] = [{"name": pod["spec"]["containers"][0]["name"], "ready": False, "restartCount": 0,
                                               "image": "", "state": {"waiting": {"reason": "ContainerCreating"}}}]  # fmt: skip
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
