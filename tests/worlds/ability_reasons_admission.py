"""Pods that the API server does not make, in its words: a quota, a range, a policy, a webhook, an absence."""

from __future__ import annotations

from tests.worlds import objects, unstarted
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.unstarted import refuse
from tests.worlds.workloads import serving_app


def alarmed_before(draw: Draw) -> tuple[App, dict[str, object]]:
    """The workload, and the alarm that names one of its pods as long as there are any."""
    app = serving_app(draw)
    return app, unstarted.alarm(draw, app)


def quota(draw: Draw, app: App, name: str, hard: dict[str, str], used: dict[str, str]) -> None:
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(9000)},
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": used},
        }
    )


def judge(
    draw: Draw, alarm: dict[str, object], classes: tuple[str, ...], *says: str, never: str = "", on: str = ""
) -> Told:
    expect = Expect(("cause",), classes, (on,) if on else (), says, (never,) if never else (), may_propose=True)
    return Told(draw.world(), alarm, expect)


@situation("reasons")
def pods_beyond_a_quota(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    name, most = f"{draw.pick('compute', 'team', 'budget')}-{draw.suffix(3)}", draw.number(3, 9)
    quota(draw, app, name, {"pods": str(most)}, {"pods": str(most)})
    text = f"exceeded quota: {name}, requested: pods=1, used: pods={most}, limited: pods={most}"
    refuse(draw, app, 'pods "{pod}" is forbidden: ' + text)
    return judge(draw, alarm, ("quota_exceeded",), name, f"pods={most}|{most} of {most}", never="must specify")


@situation("reasons")
def pods_without_the_limits_that_a_quota_asks_for(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    name, what = (
        f"{draw.pick('compute', 'team', 'budget')}-{draw.suffix(3)}",
        draw.pick("limits.cpu", "requests.memory"),
    )
    quota(draw, app, name, {what: "20"}, {what: str(draw.number(1, 5))})
    container = app.deployment["spec"]["template"]["spec"]["containers"][0]["name"]
    refuse(draw, app, 'pods "{pod}" is forbidden: ' + f"failed quota: {name}: must specify {what} for: {container}")
    return judge(draw, alarm, ("quota_exceeded", "admission_denied"), f"must specify {what}", never="used up|is full")


@situation("reasons")
def pods_above_the_largest_size_allowed(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    most = f"{draw.number(1, 4) * 128}Mi"
    refuse(
        draw,
        app,
        'pods "{pod}" is forbidden: '
        + f"maximum memory usage per Container is {most}, but limit is {draw.number(1, 4)}Gi",
    )
    return judge(draw, alarm, ("quota_exceeded", "admission_denied"), f"maximum memory usage per Container is {most}")


@situation("reasons")
def pods_below_the_smallest_size_allowed(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    least = draw.pick("100m", "200m", "250m")
    refuse(draw, app, 'pods "{pod}" is forbidden: ' + f"minimum cpu usage per Container is {least}, but request is 50m")
    return judge(draw, alarm, ("quota_exceeded", "admission_denied"), f"minimum cpu usage per Container is {least}")


@situation("reasons")
def pods_that_pod_security_forbids(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    level = draw.pick("restricted", "baseline")
    container = app.deployment["spec"]["template"]["spec"]["containers"][0]["name"]
    why = draw.pick(
        f'privileged (container "{container}" must not set securityContext.privileged=true)',
        f'allowPrivilegeEscalation != false (container "{container}" must set '
        "securityContext.allowPrivilegeEscalation=false)",
        f'hostPort (container "{container}" uses hostPort {app.port})',
    )
    refuse(draw, app, 'pods "{pod}" is forbidden: ' + f'violates PodSecurity "{level}:latest": {why}')
    return judge(draw, alarm, ("admission_denied",), f"PodSecurity .{level}", why.split(" ")[0])


@situation("reasons")
def pods_of_a_service_account_that_is_not_there(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    account = f"{app.name}-{draw.pick('sa', 'runner', 'id')}"
    app.deployment["spec"]["template"]["spec"]["serviceAccountName"] = account
    text = f'error looking up service account {app.namespace}/{account}: serviceaccount "{account}" not found'
    refuse(draw, app, 'pods "{pod}" is forbidden: ' + text)
    return judge(draw, alarm, ("config_missing", "admission_denied"), f"service ?account.*{account}", never="webhook")


@situation("reasons")
def pods_of_a_priority_class_that_is_not_there(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    name = f"{draw.pick('gold', 'critical', 'batch')}-{draw.suffix(3)}"
    app.deployment["spec"]["template"]["spec"]["priorityClassName"] = name
    refuse(draw, app, 'pods "{pod}" is forbidden: ' + f"no PriorityClass with name {name} was found")
    return judge(draw, alarm, ("config_missing", "admission_denied"), f"PriorityClass.*{name}", never="webhook")


@situation("reasons")
def pods_that_a_policy_engine_turns_down(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    hook = draw.pick("validate.kyverno.svc-fail", "validation.gatekeeper.sh", "pods.policy.example.com")
    why = draw.pick(
        "[require-owner] every workload needs the label owner",
        "image tag latest is not allowed here",
        "policy disallow-host-path: hostPath volumes are forbidden",
    )
    refuse(draw, app, f'admission webhook "{hook}" denied the request: {why}')
    return judge(draw, alarm, ("admission_denied",), hook.replace(".", r"\."), why[1:20].strip("["), never="not found")


@situation("reasons")
def pods_whose_webhook_nobody_answers(draw: Draw) -> Told:
    app, alarm = alarmed_before(draw)
    hook, space = "pods.policy.example.com", draw.place()
    why = draw.pick(
        'service "guard" not found',
        "context deadline exceeded",
        'no endpoints available for service "guard"',
        "x509: certificate has expired or is not yet valid",
        "dial tcp 10.96.3.4:443: connect: connection refused",
    )
    url = f"https://guard.{space}.svc:443/validate?timeout=10s"
    refuse(
        draw,
        app,
        f'Internal error occurred: failed calling webhook "{hook}": failed to call webhook: Post "{url}": {why}',
    )
    webhook = {
        "name": hook,
        "clientConfig": {"service": {"name": "guard", "namespace": space, "port": 443, "path": "/validate"}},
        "failurePolicy": "Fail",
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    draw.objects.append(
        {
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": draw.name(), "creationTimestamp": objects.at(9000)},
            "webhooks": [webhook],
        }
    )
    classes = ("webhook_down", "certificate_expired", "webhook_certificate_invalid")
    return judge(draw, alarm, classes, why.replace("(", r"\(").split(":")[0], never="denied the request")
