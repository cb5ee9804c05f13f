"""More pairs that do not fit: names in certificates, heaps and limits, tools and servers; and a limit that is meant."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers
from tests.worlds.ability_fit_last import cause
from tests.worlds.ability_proposals import containers
from tests.worlds.outages import complains, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, labels


@situation("fit")
def certificate_for_the_name_that_a_service_had_before(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    others = draw.bystanders(1)
    draw.chatter(callee)
    old, place = draw.name(), callee.namespace
    new = callee.service["metadata"]["name"]
    callee.service["metadata"]["creationTimestamp"] = objects.at(draw.number(20, 50))
    callee.service["spec"]["ports"][0].update(name="https", port=443)
    controllers.fresh(draw, callee)
    names = [f"{old}.{place}.svc", f"{old}.{place}.svc.cluster.local"]
    secret = f"{callee.name}-tls"
    meta = objects.meta(secret, place, 60 * 24 * 40, {})
    meta["annotations"] = {"cert-manager.io/certificate-name": secret, "cert-manager.io/alt-names": ",".join(names)}
    tls = {"kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta,
           "data": {"tls.crt": "c2V0", "tls.key": "c2V0"}}  # fmt: skip
    draw.objects.append(tls)
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        one["spec"]["volumes"] = [{"name": "tls", "secret": {"secretName": secret}}]
    host = f"{new}.{place}.svc"
    uses(caller, BACKEND_URL=f"https://{host}")
    complains(draw, caller, draw.pick(
        f'level=error msg="call failed" err="Get \\"https://{host}/v1/items\\": tls: failed to verify certificate: '
        f'x509: certificate is valid for {", ".join(names)}, not {host}"',
        "javax.net.ssl.SSLPeerUnverifiedException: Certificate doesn't match any of the subject alternative names: "
        f"[{', '.join(names)}] for host {host}",
        f"Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: {host}. is "
        f"not in the cert's altnames: DNS:{names[0]}, DNS:{names[1]}",
    ))  # fmt: skip
    classes = ("certificate_expired", "certificate_missing", "config_wrong", "env_wrong", "dependency_unreachable",
               "service_misdirected")  # fmt: skip
    expect = cause(*classes, says=("certificate|altname", rf"{old}|{new}"), innocent=tuple(o.name for o in others))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("fit")
def heap_that_is_larger_than_the_memory_limit(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    heap, limit = draw.pick(("-Xmx1g", "512Mi"), ("-Xmx2048m", "1Gi"), ("-Xmx768m", "512Mi"))
    for container in containers(app):
        container["resources"] = {"requests": {"cpu": "50m", "memory": limit}, "limits": {"memory": limit}}
        container["env"] = [{"name": "JAVA_TOOL_OPTIONS", "value": f"{heap} -XX:+UseG1GC"}]
    break_app(app, exit_code=137, restarts=draw.number(6, 14))
    controllers.fresh(draw, app)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
        lines = [
            f"Picked up JAVA_TOOL_OPTIONS: {heap} -XX:+UseG1GC",
            "2026-03-11T14:16:20.114Z  INFO 1 --- [           main] c.acme.Application : Starting Application using "
            "Java 21.0.4 with PID 1",
            "2026-03-11T14:16:27.530Z  INFO 1 --- [           main] c.acme.rates.Loader : loading prices into memory",
        ]
        draw.log(app, lines, pod=pod, every=4)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=9)
    says = (r"memory|OOM", rf"Xmx|heap|JAVA_TOOL_OPTIONS|{limit}")
    return Told(draw.world(), trigger, cause("oom_killed", "config_wrong", "env_wrong", says=says))


@situation("fit")
def dump_tool_that_is_older_than_its_server(draw: Draw) -> Told:
    place = draw.place()
    store = draw.app(place, replicas=1, port=5432)
    store.service["spec"]["ports"][0].update(name="postgres", port=5432)
    for container in containers(store):
        container["image"] = "postgres:16.4"
    for pod in store.pods:
        pod["status"]["containerStatuses"][0]["image"] = "postgres:16.4"
    controllers.stateful(draw, store)
    controllers.fresh(draw, store)
    draw.log(store, ["2026-03-11 14:10:00.101 UTC [27] LOG:  checkpoint starting: time",
                     "2026-03-11 14:10:02.640 UTC [27] LOG:  checkpoint complete: wrote 25 buffers"] * 5)  # fmt: skip
    others = draw.bystanders(2)
    lines = (
        "pg_dump: error: aborting because of server version mismatch",
        "pg_dump: detail: server version: 16.4 (Debian 16.4-1.pgdg120+1); pg_dump version: 14.13",
    )
    subject = controllers.run(draw, place, *lines, cron=True, env={"PGHOST": store.service["metadata"]["name"]})
    for one in draw.objects:
        if one["kind"] in ("Job", "CronJob"):
            job_spec = one["spec"] if one["kind"] == "Job" else one["spec"]["jobTemplate"]["spec"]
            job_spec["template"]["spec"]["containers"][0]["image"] = "postgres:14.13-alpine"
        elif one["kind"] == "Pod" and one["status"]["phase"] == "Failed":
            one["spec"]["containers"][0]["image"] = "postgres:14.13-alpine"
            one["status"]["containerStatuses"][0]["image"] = "postgres:14.13-alpine"
    job_name = next(o["metadata"]["name"] for o in draw.objects if o["kind"] == "Job")
    trigger = triggers.alertmanager(
        "KubeJobFailed", {"namespace": place, "job_name": job_name},
        {"summary": f"Job {place}/{job_name} failed to complete. Removing failed job after investigation should clear "
                    "this alert."},
    )  # fmt: skip
    classes = ("job_failing", "config_wrong", "bad_command", "version_removed", "bad_rollout")
    expect = cause(*classes, says=("version", r"\b14\b|\b16\b|14\.13|16\.4|mismatch"),
                   innocent=tuple(o.name for o in others))  # fmt: skip
    assert subject.startswith("CronJob/")
    return Told(draw.world(), trigger, expect)


@situation("fit")
def autoscaler_held_at_its_least_by_a_quiet_day(draw: Draw) -> Told:
    """`ScalingLimited` is true because there is little to do."""
    app = draw.app(replicas=2)
    draw.chatter(app)
    draw.bystanders(2)
    scaler = autoscaler(draw, app, most=draw.number(6, 12), desired=2)
    scaler["spec"]["minReplicas"] = 2
    scaler["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"] = draw.number(3, 14)
    scaler["status"]["conditions"][-1] = {
        "type": "ScalingLimited", "status": "True", "reason": "TooFewReplicas", "lastTransitionTime": objects.at(240),
        "message": "the desired replica count is less than the minimum replica count",
    }  # fmt: skip
    draw.objects.append(scaler)
    where = draw.pick({"namespace": app.namespace, "horizontalpodautoscaler": app.name}, labels(draw, app))
    text = {"summary": draw.pick(f"HPA {app.name} is limited", f"ScalingLimited is True for HPA {app.name}")}
    trigger = triggers.alertmanager("HpaScalingLimited", where, text)
    expect = Expect(("well", "cause"), ("alarm_misleading", "monitoring_gap"), may_propose=True)
    return Told(draw.world(), trigger, expect)
