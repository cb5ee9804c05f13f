"""Incidents of a cluster as reports after the fact tell them: names, routes and certificates of its edge, releases that
are not stored, and runs that wait for each other.

An examiner wrote them who does not know how the responder judges; each is of a kind that no other world here has.
"""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import complains, outage
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation


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
    draw.objects += [certificate, objects.event(certificate, "Failed", message, minutes=9, count=3)]
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
    route = objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"])
    route["metadata"].update(
        creationTimestamp=objects.at(draw.number(20, 40)),
        annotations={"nginx.ingress.kubernetes.io/configuration-snippet": "proxy_set_header X-Team;"},
    )
    draw.objects.append(route)
    reason = draw.pick(
        'invalid number of arguments in "proxy_set_header" directive',
        'unknown directive "proxy_set_headr"',
        'duplicate location "/"',
    )
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
                  classes=("config_wrong", "quota_exceeded", "rollout_stuck", "bad_rollout", "gitops_drift"))  # fmt: skip
