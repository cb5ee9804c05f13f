"""Neighbouring causes that only the words of who refused tell apart: registries, webhooks, peers, clouds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.worlds import new_scenes as scene
from tests.worlds import objects
from tests.worlds.new_tidying import told
from tests.worlds.objects import Obj
from tests.worlds.outages import calls, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def unpulled(draw: Draw, app: App, since: float, image: str, problem: str) -> App:
    """A release whose first pod gets no image, for this problem."""
    new = scene.surge(draw, app, since, image=image)
    pod = new.pods[0]
    failed = f'Failed to pull image "{image}": failed to pull and unpack image "{image}": {problem}'
    message = f'Back-off pulling image "{image}": ErrImagePull: failed to pull and unpack image "{image}": {problem}'
    said_text = (("Failed", failed), ("Failed", "Error: ErrImagePull"), ("Failed", "Error: ImagePullBackOff"))
    scene.kept_waiting(draw, pod, since, "ImagePullBackOff", message, *said_text)
    scene.note(
        draw, pod, "BackOff", f'Back-off pulling image "{image}"', minutes=0.3, first=since, count=60, kind="Normal"
    )
    for old in app.pods:
        scene.say(draw, old, scene.work(draw, "go", 30))
    scene.settle(app, new, since=since, is_stuck=since > 11)
    return new


def uncreated(draw: Draw, app: App, since: float, message: str, **change: Any) -> App:
    """A release whose first pod the API server does not take; `{pod}` in the message is its name."""
    new = scene.surge(draw, app, since)
    if change:
        scene.edit(new, **change)
    pod = new.pods.pop()
    draw.objects[:] = [one for one in draw.objects if one is not pod]
    scene.settle(app, new, since=since, is_stuck=since > 11)
    new.replica_set["spec"]["replicas"] = 1
    text = message.replace("{pod}", pod["metadata"]["name"])
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": text,
               "lastTransitionTime": objects.at(since)}  # fmt: skip
    new.replica_set["status"]["conditions"] = [failure]
    app.deployment["status"]["conditions"].append(dict(failure))
    scene.note(draw, new.replica_set, "FailedCreate", f"Error creating: {text}", minutes=2, first=since,
               count=draw.number(14, 18), by="replicaset-controller")  # fmt: skip
    for old in app.pods:
        scene.say(draw, old, scene.work(draw, "java", 30))
    return new


def rollout_alarm(draw: Draw, app: App, since: float) -> Obj:
    name, text = draw.pick(
        ("KubeDeploymentRolloutStuck", f"Rollout of deployment {app.name} is not progressing"),
        ("KubeDeploymentReplicasMismatch", f"Deployment {app.name} has not matched the expected number of replicas"),
    )
    return scene.alarm(draw, app, name, text, max(since - 11, 2))


@situation("reasons")
def registry_that_wants_to_know_who_pulls(draw: Draw) -> Told:
    """The image came from another registry before, which needed no credentials."""
    app = draw.app(replicas=draw.number(2, 3))
    host = draw.pick("ghcr.io/acme", "quay.io/acme", "registry.gitlab.com/acme/shop")
    image = f"{host}/{app.name}:{draw.number(2, 9)}.{draw.number(0, 20)}.0"
    server, _, rest = image.partition("/")
    path, tag = rest.rsplit(":", 1)
    since = draw.number(15, 40)
    scope, failed = path.replace("/", "%2F"), f'failed to resolve reference "{image}":'
    problem = draw.pick(
        f"{failed} failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        f"https://{server}/token?scope=repository%3A{scope}%3Apull&service={server}: 401 Unauthorized",
        f"{failed} unexpected status from HEAD request to https://{server}/v2/{path}/manifests/{tag}: 401 UNAUTHORIZED",
    )
    unpulled(draw, app, since, image, problem)
    bystanders = scene.others(draw, app.namespace)
    expect = Expect(
        ("cause",), ("registry_auth_failed", "image_pull_failed", "bad_rollout"), (),
        ("401|unauthori[sz]ed|credential|authenticat|authoriz|pull ?secret",), may_propose=True, innocent=bystanders,
    )  # fmt: skip
    return told(draw, rollout_alarm(draw, app, since), expect)


@situation("reasons")
def registry_that_counts_the_pulls(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3))
    base = draw.pick("library/nginx", "bitnami/kafka-exporter", "grafana/agent")
    image = f"docker.io/{base}:{draw.number(1, 9)}.{draw.number(1, 30)}.{draw.number(0, 5)}"
    since = draw.number(14, 40)
    path, tag = base, image.rpartition(":")[2]
    problem = (
        f"failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/{path}/"
        f"manifests/{tag}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your "
        f"unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"
    )
    unpulled(draw, app, since, image, problem)
    bystanders = scene.others(draw, app.namespace)
    expect = Expect(
        ("cause",), ("image_pull_failed", "registry_unreachable", "registry_auth_failed"), (),
        ("rate.?limit|429|too ?many ?requests|limit on pulls|pull limit",), may_propose=True, innocent=bystanders,
    )  # fmt: skip
    return told(draw, rollout_alarm(draw, app, since), expect)


@situation("reasons")
def quota_of_the_namespace_with_no_room_for_the_surge(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3))
    scene.edit(app, resources={"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}})
    name = draw.pick("compute", "team-quota", "compute-resources")
    used, hard = f"{3800 + 50 * draw.number(0, 3)}m", "4"
    since = draw.number(14, 40)
    message = (
        f'pods "{{pod}}" is forbidden: exceeded quota: {name}, requested: requests.cpu=500m, used: '
        f"requests.cpu={used}, limited: requests.cpu={hard}"
    )
    uncreated(draw, app, since, message)
    bystanders = scene.others(draw, app.namespace)
    limits = {"requests.cpu": hard, "requests.memory": "16Gi"}
    quota = {"kind": "ResourceQuota", "metadata": objects.meta(name, app.namespace, 90000, {}),
             "spec": {"hard": limits},
             "status": {"hard": limits, "used": {"requests.cpu": used, "requests.memory": "6Gi"}}}  # fmt: skip
    draw.objects.append(quota)
    classes = ("quota_exceeded", "rollout_stuck", "pod_rejected")
    expect = Expect(("cause",), classes, (), ("quota", name), may_propose=True, innocent=bystanders)
    return told(draw, rollout_alarm(draw, app, since), expect)


def webhook(draw: Draw, kind: str, name: str, hook: str, service: App, path: str, age: float) -> None:
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "*"}]
    client = {"service": {"name": service.name, "namespace": service.namespace, "path": path, "port": 443},
              "caBundle": "LS0t"}  # fmt: skip
    hooks = [{"name": hook, "clientConfig": client, "rules": rules, "failurePolicy": "Fail", "timeoutSeconds": 10,
              "sideEffects": "None", "admissionReviewVersions": ["v1"]}]  # fmt: skip
    meta = {"name": name, "creationTimestamp": objects.at(age)}
    draw.objects.append({"kind": kind, "metadata": meta, "webhooks": hooks})


def admission_service(draw: Draw, namespace: str, name: str) -> App:
    app = draw.app(namespace, name=name, replicas=1, port=9443)
    app.service["spec"]["ports"] = [{"name": "https", "port": 443, "targetPort": 9443, "protocol": "TCP"}]
    return app


@situation("reasons")
def rule_of_the_company_that_the_pods_break(draw: Draw) -> Told:
    """The webhook answers, and its answer is no."""
    app = draw.app(replicas=draw.number(2, 3))
    guard = admission_service(draw, "policy-system", "policy-controller")
    draw.chatter(guard)
    hook = "validate.policy.example.com"
    webhook(draw, "ValidatingWebhookConfiguration", "policy-controller", hook, guard, "/validate", draw.number(60, 250))
    rule, says = draw.pick(
        ("containers must not run as root: set securityContext.runAsNonRoot to true", "root|runAsNonRoot"),
        (f'image tag "latest" is not allowed: {app.name}', "latest"),
        ('every pod needs the label "cost-center"', "cost-center"),
    )
    since = draw.number(14, 40)
    change: Obj = {"image": app.image.rpartition(":")[0] + ":latest"} if says == "latest" else {}
    uncreated(draw, app, since, f'admission webhook "{hook}" denied the request: {rule}', **change)
    bystanders = (*scene.others(draw, app.namespace), guard.name)
    classes = ("admission_denied", "pod_rejected", "rollout_stuck", "bad_rollout")
    expect = Expect(("cause",), classes, (), (says,), may_propose=True, innocent=bystanders)
    return told(draw, rollout_alarm(draw, app, since), expect)


@situation("reasons")
def webhook_behind_which_nobody_is_ready(draw: Draw) -> Told:
    """The webhook does not answer, for its own program ends again and again."""
    app = draw.app(replicas=draw.number(2, 3))
    guard = admission_service(draw, "injector-system", "sidecar-injector")
    hook = "inject.sidecar.example.com"
    webhook(draw, "MutatingWebhookConfiguration", "sidecar-injector", hook, guard, "/mutate", 70000)
    since = draw.number(16, 40)
    end_state = scene.crash(draw, guard.pods[0], since + 20, restarts=11)
    problem = draw.pick(
        'time=@isoZ level=ERROR msg="cannot read certificate" err="open /certs/tls.crt: no such file or directory"',
        'time=@isoZ level=ERROR msg="bad template" err="yaml: line 14: did not find expected key"',
    )
    scene.last_words(draw, guard.pods[0], ['time=@isoZ level=INFO msg="starting injector"', problem], end_state)
    scene.settle(guard, since=since + 20)
    message = (
        f'Internal error occurred: failed calling webhook "{hook}": failed to call webhook: Post "https://{guard.name}.'
        f'{guard.namespace}.svc:443/mutate?timeout=10s": no endpoints available for service "{guard.name}"'
    )
    uncreated(draw, app, since, message)
    bystanders = scene.others(draw, app.namespace)
    classes = ("webhook_down", "crash_loop", "config_wrong", "config_missing", "certificate_missing")
    expect = Expect(("cause",), classes, (), (f"webhook|{guard.name}",), may_propose=True, innocent=bystanders)
    return told(draw, rollout_alarm(draw, app, since), expect)


@situation("reasons")
def certificate_of_the_peer_that_ran_out(draw: Draw) -> Told:
    callee = draw.app(replicas=2, port=8443)
    callee.service["spec"]["ports"] = [{"name": "https", "port": 443, "targetPort": 8443, "protocol": "TCP"}]
    name = f"{callee.name}-tls"
    meta = objects.meta(name, callee.namespace, 91 * 1440, {})
    data = {"tls.crt": "LS0t", "tls.key": "LS0t"}
    draw.objects.append({"kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "data": data})
    scene.in_specs(callee, volumes=[{"name": "tls", "secret": {"secretName": name}}])
    scene.edit(callee, volumeMounts=[{"name": "tls", "mountPath": "/tls", "readOnly": True}])
    caller = draw.app(callee.namespace, replicas=draw.number(1, 3))
    host = calls(draw, caller, callee, scheme="https")
    ago = draw.number(14, 50)
    end, java = objects.at(ago), f"{objects.NOW - timedelta(minutes=ago):%a %b %d %H:%M:%S UTC %Y}"
    line, form = draw.pick(
        (f'time=@isoZ level=ERROR msg="request failed" err="Get \\"https://{host}/v1/items\\": tls: failed to verify '
         f'certificate: x509: certificate has expired or is not yet valid: current time @sec is after {end}"', "go"),
        (f'{{"level":50,"time":"@isoZ","pid":1,"msg":"request failed","host":"{host}","err":{{"type":"Error","message":'
         '"certificate has expired","code":"CERT_HAS_EXPIRED"}}', "node"),
        (f"@sql ERROR 1 --- [nio-8080-exec-2] c.acme.web.Client : I/O error on GET request for \"https://{host}/v1/items\":"
         " PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed\n"
         f"Caused by: java.security.cert.CertificateExpiredException: NotAfter: {java}", "java"),
    )  # fmt: skip
    for pod in caller.pods:
        scene.say(draw, pod, scene.amid(draw, form, line))
    shake = "@go http: TLS handshake error from 10.0.4.{}:{}: remote error: tls: bad certificate"
    for pod in callee.pods:
        scene.say(draw, pod, [shake.format(draw.number(20, 60), draw.number(33000, 60000)) for _ in range(20)])
    bystanders = scene.others(draw, callee.namespace)
    trigger = scene.alarm(draw, caller, "HighErrorRate", f"{caller.name}: 35% of the requests fail", ago - 4)
    expect = Expect(
        ("cause", "open"), ("certificate_expired",), (), ("certificate", "expired|ran out|no longer valid"),
        may_propose=True, innocent=bystanders,
    )  # fmt: skip
    return told(draw, trigger, expect)


@situation("reasons")
def cloud_that_knows_the_role_and_does_not_let_it(draw: Draw) -> Told:
    """Neither a table that is short of capacity nor a network: the role lacks an action."""
    app = draw.app(replicas=draw.number(1, 3))
    action, resource = draw.pick(
        ("s3:PutObject", "arn:aws:s3:::acme-invoices/2026/03/11/a.pdf"),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-central-1:123456789012:table/sessions"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-central-1:123456789012:mails"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/api"),
    )
    role = f"{app.name}-role"
    meta = objects.meta(app.name, app.namespace, app.age, {},
                        {"eks.amazonaws.com/role-arn": f"arn:aws:iam::123456789012:role/{role}"})  # fmt: skip
    draw.objects.append({"kind": "ServiceAccount", "metadata": meta})
    scene.in_specs(app, serviceAccountName=app.name)
    uses(app, AWS_REGION="eu-central-1", AWS_ROLE_ARN=f"arn:aws:iam::123456789012:role/{role}")
    refused = (
        f"User: arn:aws:sts::123456789012:assumed-role/{role}/1773238000 is not authorized to perform: {action} on "
        f"resource: {resource} because no identity-based policy allows the {action} action"
    )
    service, operation = action.split(":")
    line, form = draw.pick(
        ("[@day,402] ERROR app: botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when "
         f"calling the {operation} operation: {refused}", "python"),
        (f'time=@isoZ level=ERROR msg="aws call failed" err="operation error {service}: {operation}, https response '
         f'error StatusCode: 403, RequestID: 5b1e2f0c, api error AccessDenied: {refused}"', "go"),
    )  # fmt: skip
    for pod in app.pods:
        scene.say(draw, pod, scene.amid(draw, form, line))
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "HighErrorRate", f"{app.name} fails many requests", draw.number(8, 30))
    expect = Expect(("cause", "open"), ("cloud_identity_denied",), (), (action,), may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("reasons")
def registry_that_was_away_for_a_few_minutes(draw: Draw) -> Told:
    """Pulls timed out, then the image came; all pods of the release serve."""
    app = draw.app(replicas=draw.number(2, 3))
    since = draw.number(24, 40)
    scene.renew(draw, app, since)
    server = app.image.partition("/")[0]
    problem = (
        f'Failed to pull image "{app.image}": failed to pull and unpack image "{app.image}": failed to resolve '
        f"reference "
        f'"{app.image}": failed to do request: Head "https://{server}/v2/": dial tcp 10.20.0.14:443: i/o timeout'
    )
    for pod in app.pods:
        scene.note(draw, pod, "Failed", problem, minutes=since - 6, first=since - 0.5, count=4)
        text = f'Successfully pulled image "{app.image}" in 4.1s (4.1s including waiting). Image size: 88104231 bytes.'
        scene.note(draw, pod, "Pulled", text, minutes=since - 8, kind="Normal")
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(since - 8.1)}}
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since - 8.4)
        scene.say(draw, pod, scene.work(draw, "go", 30))
    scene.settle(app, since=since - 38.5)
    scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "KubePodNotReady", f"Pods of {app.name} have not been ready", since - 6)
    return told(draw, trigger, Expect(("well",)))
