"""Incidents of a cluster as reports after the fact tell them: names, routes and certificates of its edge, releases that
are not stored, and runs that wait for each other.

An examiner wrote them who does not know how the responder judges; each is of a kind that no other world here has.
"""

from __future__ import annotations

from tests.worlds import calling, objects, triggers, workloads
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import EITHER, complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import serving_app


@situation("postmortems")
def certificate_that_an_issuer_counts(draw: Draw) -> Told:
    """A chart that was installed anew again and again has used up what the issuer gives in a week."""
    app = draw.app()
    draw.bystanders(2)
    manager = draw.app("cert-manager", name="cert-manager", replicas=1)
    host, name = f"{draw.pick('www', 'app')}.{draw.suffix(5)}.example.org", f"{app.name}-tls"
    order = f"{name}-1-{draw.number(100000000, 999999999)}"
    problem = (
        "429 urn:ietf:params:acme:error:rateLimited: Error creating new order :: too many certificates (5) already"
        f" issued for this exact set of domains in the last 168 hours: {host}, retry after 2026-03-13T01:29:08Z: see"
        " https://letsencrypt.org/docs/duplicate-certificate-limit/"
    )
    message = (
        "The certificate request has failed to complete and will be retried: Failed to wait for order resource"
        f' "{order}" to become ready: order is in "errored" state: Failed to create Order: {problem}'
    )
    certificate: Obj = {
        "kind": "Certificate",
        "metadata": objects.meta(name, app.namespace, 9000, {}),
        "spec": {"secretName": name, "dnsNames": [host], "issuerRef": {"name": "letsencrypt", "kind": "ClusterIssuer"}},
        "status": {"conditions": [{"type": "Issuing", "status": "False", "reason": "Failed", "message": message,
                                   "lastTransitionTime": objects.at(50)}]},
    }  # fmt: skip
    draw.objects.append(objects.event(certificate, "Failed", message, minutes=9, count=3))
    complains(draw, manager, f'E0311 14:11:02.1 1 controller.go:162] "re-queuing item due to error processing"'
              f' err="{problem}" logger="cert-manager.orders" key="{app.namespace}/{order}"')  # fmt: skip
    return outage(draw, [app, manager], raise_alarm(draw, app, "certificate", measured=False),
                  classes=("certificate_expired", "quota_exceeded", "retry_storm"),
                  says=("rateLimited|too many certificates|rate limit",))  # fmt: skip


@situation("postmortems")
def route_table_that_is_not_read_again(draw: Draw) -> Told:
    """One Ingress makes the whole file of the controller invalid; what is new is served to nobody."""
    app = draw.app()
    draw.bystanders(2)
    front = draw.app("ingress-nginx", name="ingress-nginx-controller", replicas=1)
    host = f"{draw.pick('shop', 'api')}.{draw.suffix(5)}.example.org"
    snippet, reason = draw.pick(
        ("proxy_set_header X-Team;", 'invalid number of arguments in "proxy_set_header" directive'),
        ("proxy_set_headr X-Team a;", 'unknown directive "proxy_set_headr"'),
        ("location / { return 204; }", 'duplicate location "/"'),
    )
    route = objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"])
    route["metadata"].update(
        creationTimestamp=objects.at(draw.number(20, 40)),
        annotations={"nginx.ingress.kubernetes.io/server-snippet": snippet},
    )
    kind: Obj = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    draw.objects += [kind, route]
    where = f"{reason} in /tmp/nginx/nginx-cfg{draw.number(100000, 999999)}:{draw.number(400, 900)}"
    problem = f"Error: exit status 1\n2026/03/11 14:11:02 [emerg] 108#108: {where}\nnginx: [emerg] {where}"
    draw.objects.append(
        objects.event(front.pods[0], "RELOAD", f"Error reloading NGINX: {problem}", minutes=1, count=40)
    )
    complains(draw, front, "E0311 14:11:02.1 7 controller.go:205] Unexpected failure reloading the backend:",
              *problem.splitlines(), "E0311 14:11:02.2 7 queue.go:131] requeuing initial-sync, err")  # fmt: skip
    text = {"summary": draw.pick(f"https://{host}/ answers 404", f"Probe of https://{host}/ failed")}
    trigger = triggers.alertmanager("BlackboxProbeFailed", {"instance": f"https://{host}/"}, text, minutes=12)
    return outage(draw, [app, front], trigger, says=("reload|emerg|directive|duplicate location",),
                  classes=("ingress_misrouted", "config_wrong"))  # fmt: skip


@situation("postmortems")
def release_too_large_to_be_stored(draw: Draw) -> Told:
    """Charts grow; what Helm keeps of a release no longer fits into a Secret, and the fix that hurries stays out."""
    app = draw.app()
    draw.chatter(app)
    draw.bystanders(1)
    tool = draw.app("flux-system", name="helm-controller", replicas=1)
    version = draw.number(20, 90)
    problem = (
        f'create: failed to create: Secret \\"sh.helm.release.v1.{app.name}.v{version}\\" is invalid: data: Too long:'
        f" {draw.pick('must have at most', 'may not be more than')} 1048576 bytes"
    )
    complains(draw, tool, '{"level":"error","ts":"2026-03-11T14:11:02.1Z","msg":"Reconciler error","controller":'
              f'"helmrelease","HelmRelease":{{"name":"{app.name}","namespace":"{app.namespace}"}},"error":"Helm upgrade'
              f' failed: {problem}"}}')  # fmt: skip
    text = {"summary": draw.pick(f"HelmRelease {app.name} is not ready", f"Reconciliation of {app.name} fails")}
    where = draw.pick(
        {"namespace": "flux-system", "deployment": tool.name},
        {"exported_namespace": app.namespace, "name": app.name, "namespace": "flux-system", "pod": tool.pod},
    )
    trigger = triggers.alertmanager("GitOpsReconcileFailed", where, text)
    return outage(draw, [tool, app], trigger, says=("Too long|1048576",),
                  classes=("config_wrong", "quota_exceeded", "rollout_stuck", "bad_rollout",
                           "gitops_drift"))  # fmt: skip


@situation("postmortems")
def name_server_with_too_many_open_questions(draw: Draw) -> Told:
    """What it forwards to answers slowly, and it gives up on more at once: names of the world outside fail at times."""
    app, host = draw.app(), f"api.{draw.suffix(6)}.example.com"
    draw.bystanders(2)
    server = calling.name_server(draw)
    uses(app, PARTNER_URL=f"https://{host}/v2")
    limit = draw.pick("concurrent queries exceeded maximum 1000", "concurrent queries exceeded maximum 500")
    queries = [f"[ERROR] plugin/errors: 5 {name}. {kind}: {limit}" for name in (host, "sts.eu-central-1.amazonaws.com")
             for kind in ("A", "AAAA")]  # fmt: skip
    for pod in server.pods:
        end = f"10.2.3.9:{draw.number(32000, 60000)}->10.0.0.2:53"
        slow = f"[ERROR] plugin/errors: 2 {host}. A: read udp {end}: i/o timeout"
        draw.log(server, [slow, *queries, *queries] * draw.number(6, 12), pod=pod, every=2)
    complains(draw, app, draw.pick(
        f"ERROR Get https://{host}/v2: dial tcp: lookup {host} on 10.96.0.10:53: server misbehaving",
        f"Error: getaddrinfo EAI_AGAIN {host}",
        f"socket.gaierror: [Errno -3] Temporary failure in name resolution: {host}",
    ))  # fmt: skip
    return outage(draw, [app, server], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  says=(host.replace(".", r"\."),),
                  classes=("cluster_dns_broken", "dependency_unreachable"))  # fmt: skip


@situation("postmortems")
def run_that_hangs_before_all_that_should_follow(draw: Draw) -> Told:
    """No run may overlap another, and one has stood still for days without an end."""
    place = serving_app(draw).namespace
    name, hours = f"{draw.name()}-{draw.pick('settlement', 'backup', 'sync')}", draw.number(30, 80)
    run, pod = workloads.job(draw, f"{name}-{draw.number(28000000, 29000000)}", place, failed=False)
    run["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}
    ]
    run["status"] = {"active": 1, "startTime": objects.at(60 * hours)}
    run["metadata"]["creationTimestamp"] = pod["metadata"]["creationTimestamp"] = objects.at(60 * hours)
    pod["status"].update(phase="Running", startTime=objects.at(60 * hours))
    pod["status"]["conditions"][0]["status"] = "True"
    pod["status"]["containerStatuses"][0].update(
        ready=True, started=True, state={"running": {"startedAt": objects.at(60 * hours)}}
    )
    schedule: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, place, 60 * 24 * 60, {}),
        "spec": {"schedule": "15 * * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": run["spec"]}},
        "status": {"lastScheduleTime": objects.at(60 * hours), "lastSuccessfulTime": objects.at(60 * (hours + 1)),
                   "active": [{"kind": "Job", "name": run["metadata"]["name"], "namespace": place}]},
    }  # fmt: skip
    message = "Not starting job because prior execution is running and concurrency policy is Forbid"
    event = objects.event(schedule, "JobAlreadyActive", message, minutes=5, count=hours, kind="Normal")
    draw.objects += [schedule, run, pod, {**event, "source": {"component": "cronjob-controller"}}]
    text = {"summary": draw.pick(f"CronJob {name} had no success for {hours} hours", f"{name} has not completed")}
    trigger = triggers.alertmanager("CronJobStale", {"namespace": place, "cronjob": name}, text)
    return Told(draw.world(), trigger, Expect(
        EITHER, ("job_failing", "jobs_pile_up"), says=(f"{run['metadata']['name']}|Forbid|prior execution|still run",),
        may_propose=True))  # fmt: skip


@situation("postmortems")
def record_that_a_zone_does_not_take(draw: Draw) -> Told:
    """One record of somebody else's stands in the way of a whole batch, and a new site has no address."""
    app = draw.app()
    draw.bystanders(2)
    tool = draw.app(draw.pick("kube-system", "external-dns"), name="external-dns", replicas=1)
    zone = f"{draw.suffix(5)}.example.org"
    host = f"{draw.pick('shop', 'pay')}.{zone}"
    draw.objects.append(objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"]))
    reason = draw.pick(
        f"[Tried to create resource record set [name='{host}.', type='A'] but it already exists]",
        f"[RRSet of type A with DNS name {host}. is not permitted because a conflicting RRSet of type CNAME with the"
        f" same DNS name already exists in zone {zone}.]",
    )
    complains(draw, tool, f'time="2026-03-11T14:11:02Z" level=info msg="Desired change: CREATE {host} A"',
              f'time="2026-03-11T14:11:02Z" level=error msg="Failure in zone {zone}. when submitting change batch:'
              " operation error Route 53: ChangeResourceRecordSets, https response error StatusCode: 400, RequestID:"
              f' {draw.suffix(8)}, InvalidChangeBatch: {reason}"')  # fmt: skip
    text = {"summary": draw.pick(f"external-dns has not synced {zone}", "external-dns fails to apply changes")}
    trigger = triggers.alertmanager("ExternalDnsErrors", {"namespace": tool.namespace, "deployment": tool.name}, text)
    return outage(draw, [tool, app], trigger, says=("InvalidChangeBatch|already exists",),
                  classes=("config_wrong", "ingress_misrouted", "gitops_drift"))  # fmt: skip
