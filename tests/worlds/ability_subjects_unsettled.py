"""A name that leads nowhere makes no neighbour the cause, and nothing is proposed."""

from __future__ import annotations

from tests.worlds import triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import NOBODY, Expect, Told, situation
from tests.worlds.workloads import labels, near, sick


@situation("subjects")
def service_label_of_nothing_beside_a_sick_one(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    text = draw.pick(f"{ghost} has a high error rate", f"5xx of {ghost} above 10%", f"{ghost} is slow")
    where = {"namespace": app.namespace, "service": ghost}
    return Told(draw.world(), triggers.alertmanager("ServiceErrors", where, {"summary": text}), NOBODY)


@situation("subjects")
def app_label_of_nothing_beside_a_sick_one(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    where = {"namespace": app.namespace, draw.pick("app", "app_kubernetes_io_name", "workload"): ghost}
    text = {"summary": draw.pick("Pods are crash looping", f"{ghost} is down", "replicas unavailable")}
    return Told(draw.world(), triggers.alertmanager("AppUnavailable", where, text), NOBODY)


@situation("subjects")
def job_label_of_a_job_that_is_gone(draw: Draw) -> Told:
    app = near(draw)
    ghost = f"{draw.name()}-{draw.number(29000000, 29999999)}"
    where = {"namespace": app.namespace, "job_name": ghost}
    return Told(draw.world(), triggers.alertmanager("KubeJobFailed", where, {"summary": f"Job {ghost} failed"}), NOBODY)


@situation("subjects")
def deployment_label_of_nothing(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    where = {"namespace": app.namespace, "deployment": ghost}
    trigger = triggers.alertmanager("KubeDeploymentReplicasMismatch", where, {"summary": f"{ghost} lacks replicas"})
    return Told(draw.world(), trigger, NOBODY)


@situation("subjects")
def name_that_is_almost_the_sick_ones(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    other = sick(draw, app.namespace)
    ghost = other.name[:-2] if draw.pick(True, False) else f"{other.name}s"
    where = {"namespace": app.namespace, "service": ghost}
    return Told(draw.world(), triggers.alertmanager("ServiceDown", where, {"summary": f"{ghost} is down"}), NOBODY)


@situation("subjects")
def lookup_that_is_denied(draw: Draw) -> Told:
    app = near(draw)
    for resource in draw.pick(("deployments",), ("deployments", "services"), ("services", "pods")):
        message = f'{resource} is forbidden: User "sre" cannot list resource "{resource}" at the cluster scope'
        draw.deny.append({"verb": "list", "resource": resource, "scope": "", "message": message})
    ghost = draw.name()
    where = {"namespace": app.namespace, "service": ghost}
    return Told(draw.world(), triggers.alertmanager("ServiceDown", where, {"summary": f"{ghost} is down"}), NOBODY)


@situation("subjects")
def named_in_a_webhook_and_not_there(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    trigger = triggers.webhook(f"{ghost} is unhealthy", service=ghost, namespace=app.namespace)
    return Told(draw.world(), trigger, NOBODY)


@situation("subjects")
def named_in_a_webhook_sentence_and_not_there(draw: Draw) -> Told:
    near(draw)
    ghost = draw.name()
    return Told(draw.world(), triggers.webhook(f"Deployment {ghost} keeps crashing"), NOBODY)


@situation("subjects")
def question_about_nothing_beside_a_sick_one(draw: Draw) -> Told:
    app = near(draw)
    ghost = draw.name()
    text = draw.pick(
        f"why is {ghost} failing?", f"what is wrong with {ghost} in {app.namespace}?", f"Is {ghost} healthy?"
    )
    return Told(draw.world(), triggers.question(text), Expect(("answered", "open"), says=("no |not |n't",)))


@situation("subjects")
def ordinary_words_are_no_names(draw: Draw) -> Told:
    """Nothing in the text is the name of a thing; that is said, and no word of it is called absent."""
    app = draw.app()
    draw.chatter(app)
    text = draw.pick(
        "Checkout conversion dropped sharply for customers in Europe",
        "Payment Success Rate below target during peak",
        "Many users report blank pages after login",
        "Slow Page Loads observed by synthetic monitoring",
    )
    forbidden = (
        "(?:no|not) .{0,40}(?:called|named) (?:checkout|payment|users|pages|slow|europe|conversion|synthetic)",
        "(?:checkout|payment|users|pages|europe|conversion|synthetic)\\W+(?:does not exist|is not there|was not found)",
    )
    return Told(
        draw.world(), triggers.alertmanager("BusinessKpi", {}, {"summary": text}), Expect(("open",), never=forbidden)
    )


@situation("subjects")
def ordinary_words_beside_a_sick_one_with_such_a_word(draw: Draw) -> Told:
    """The word of a sentence that a workload happens to be called after is no proof that it is meant."""
    app = draw.app()
    draw.chatter(app)
    where = {"namespace": app.namespace, "deployment": app.name}
    other = sick(draw, app.namespace, name=draw.pick("notice", "target", "window", "review"))
    text = f"{app.name} is above target in the last window, please review this notice"
    trigger = triggers.alertmanager("HighLatency", where, {"summary": text})
    return Told(draw.world(), trigger, Expect(("open",), never=(other.subject,)))


@situation("subjects")
def address_inside_an_exception(draw: Draw) -> Told:
    """A link in an exception's text is documentation and no dependency."""
    app = draw.app()
    link = draw.pick(
        "https://docs.spring.io/help/errors",
        "https://go.dev/doc/faq",
        "https://errors.pydantic.dev/2/v/missing",
        "https://aka.ms/dotnet-warnings",
    )
    line = draw.pick(
        f"ERROR ValidationError: 1 error for Order: field required. For further information visit {link}",
        f"ERROR IllegalStateException: no converter for type Order (see {link})",
    )
    draw.log(app, [line] * 25, every=10)
    trigger = triggers.alertmanager("HighErrorRate", labels(draw, app), {"summary": f"{app.name} returns 500"})
    host = link.split("/")[2]
    never = (f"(?:unreachable|cannot reach|not reach|refus|time[sd]? out).{{0,60}}{host}",)
    return Told(
        draw.world(), trigger, Expect(("open", "cause"), subjects=(app.subject,), never=never, may_propose=True)
    )


@situation("subjects")
def same_name_in_two_namespaces(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, draw.place(), name=app.name)
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager("KubePodNotReady", where, {"summary": f"{app.name} is not ready"})
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("subjects")
def same_name_in_two_namespaces_and_none_said(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    sick(draw, draw.place(), name=app.name)
    trigger = triggers.alertmanager(
        "KubePodNotReady", {"deployment": app.name}, {"summary": f"{app.name} is not ready"}
    )
    return Told(draw.world(), trigger, Expect(("open",), says=(app.namespace,)))


@situation("subjects")
def workload_called_like_a_word(draw: Draw) -> Told:
    """What a label names is a name, whatever word it is."""
    app = sick(draw, draw.place(), name=draw.pick("search", "web", "api", "orders", "users"))
    draw.bystanders()
    where = {"namespace": app.namespace, draw.pick("deployment", "app", "service"): app.name}
    trigger = triggers.alertmanager("KubePodCrashLooping", where, {"summary": "Pods keep restarting"})
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
    trigger = triggers.alertmanager("KubePodNotReady", where, {"summary": f"Pod {pod} is not ready"})
    return Told(draw.world(), trigger, Expect(("well", "open")))
