"""Incidents as people tell them afterwards: the alarm is on one service, and the cause is behind it or beside it."""

from __future__ import annotations

from tests.worlds import calling, objects, past, triggers, unstarted
from tests.worlds.ability_proposals import containers
from tests.worlds.objects import Obj
from tests.worlds.outages import calls, complains, outage, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import autoscaler, labels, rule


def errors(draw: Draw, app: App) -> Obj:
    share = draw.number(8, 70)
    name = draw.pick("HighErrorRate", "ErrorBudgetBurn", "Http5xxHigh")
    text = draw.pick(f"{share}% of requests to {app.name} fail", f"{app.name} burns its error budget ({share}% errors)")
    return triggers.alertmanager(name, labels(draw, app), {"summary": text}, minutes=draw.number(8, 14))


def slowness(draw: Draw, app: App) -> Obj:
    seconds = draw.pick(3.4, 5.1, 8.7)
    text = draw.pick(f"p99 latency of {app.name} is {seconds}s", f"Requests to {app.name} take longer than {seconds}s")
    return triggers.alertmanager(draw.pick("HighLatency", "SlowRequests"), labels(draw, app), {"summary": text})


def config(
    draw: Draw, namespace: str, name: str, data: dict[str, str], minutes: float, by: str = "kubectl-edit"
) -> None:
    """A ConfigMap that was written that many minutes ago."""
    meta = objects.meta(name, namespace, 60 * 24 * 90, {})
    meta["managedFields"] = [{"manager": by, "operation": "Update", "apiVersion": "v1", "time": objects.at(minutes)}]
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": data})


@situation("field reports")
def flags_that_their_server_can_no_longer_read(draw: Draw) -> Told:
    """A comma too many in the file of flags; the front does not find the flag by which it chooses a route."""
    front, flags = calling.pair(draw)
    host = calls(draw, front, flags, "FLAGD_HOST")
    flag = draw.pick("paymentRoute", "searchBackend", "checkoutFlow")
    text = (
        f'{{"flags": {{"{flag}": {{"state": "ENABLED", "variants": {{"a": "a", "b": "b"}}, "defaultVariant": "a"}},}}}}'
    )
    name = f"{flags.name}-flags"
    config(draw, flags.namespace, name, {"flags.json": text}, draw.number(17, 26))
    unstarted.mounts(flags, {"name": "flags", "configMap": {"name": name}})
    complains(draw, flags, '{"level":"error","msg":"error syncing flag configuration: unable to parse flags.json: '
              "invalid character '}' looking for beginning of object key string\",\"component\":\"file\"}")  # fmt: skip
    complains(draw, front, f"ERROR evaluating flag {flag} at {host} failed: FLAG_NOT_FOUND, answering 500")
    return outage(draw, [front, flags], errors(draw, front), says=(rf"{flag}|{name}|flags?\b",),
                  classes=("config_wrong", "dependency_unreachable", "config_missing"))  # fmt: skip


@situation("field reports")
def rewrite_that_sends_a_partner_to_a_test_that_is_gone(draw: Draw) -> Told:
    """Somebody rewrote the partner's name in the cluster's own name server, for a load test."""
    app = draw.app()
    draw.bystanders(2)
    server = calling.name_server(draw)
    host = f"{draw.pick('payments', 'rates', 'sms')}.partner.example.net"
    aim = f"{draw.name()}-mock.loadtest.svc.cluster.local"
    corefile = next(o for o in draw.objects if o["kind"] == "ConfigMap" and o["metadata"]["name"] == "coredns")
    corefile["data"]["Corefile"] = corefile["data"]["Corefile"].replace(
        "    ready\n", f"    ready\n    rewrite name {host} {aim}\n"
    )
    corefile["metadata"]["managedFields"] = [
        {"manager": "kubectl-edit", "operation": "Update", "time": objects.at(draw.number(16, 24))}]  # fmt: skip
    uses(app, PARTNER_URL=f"https://{host}")
    complains(draw, app, draw.pick(
        f"Error: getaddrinfo ENOTFOUND {host}",
        f'level=error msg="call failed" err="dial tcp: lookup {host} on 10.96.0.10:53: no such host"',
        f"java.net.UnknownHostException: {host}: Name or service not known",
    ))  # fmt: skip
    for pod in server.pods:
        draw.log(server, [f'[INFO] 10.2.3.4:4{n}31 - {5400 + n} "A IN {host}. udp 56 false 512" NXDOMAIN qr,aa,rd 149 '
                          f"0.000{n}s" for n in range(1, 10)], pod=pod)  # fmt: skip
    return outage(draw, [app, server], errors(draw, app), says=(r"core ?dns|corefile|rewrite|name server|DNS|resolv",),
                  classes=("cluster_dns_broken", "config_wrong", "dependency_unreachable"))  # fmt: skip


@situation("field reports")
def release_that_looks_for_its_cache_under_another_prefix(draw: Draw) -> Told:
    """All that was cached is missed since the release, and the database answers what the cache had answered."""
    app = draw.app(replicas=draw.number(2, 3))
    cache, store = draw.app(app.namespace, replicas=1, port=6379), draw.app(app.namespace, replicas=1, port=5432)
    draw.chatter(cache)
    calls(draw, app, cache, "REDIS_URL", "redis")
    host = calls(draw, app, store, "DB_URL", "postgres")
    minutes = draw.number(17, 28)
    uses(app, CACHE_PREFIX="v7:")
    past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    for container in containers(app):
        container["env"] = [{**one, "value": "v8:"} if one["name"] == "CACHE_PREFIX" else one
                            for one in container["env"]]  # fmt: skip
    complains(draw, app, f"INFO cache stats: hits={draw.number(90, 300)} misses={draw.number(8000, 9900)} "
              "hit_ratio=0.02 prefix=v8:", f"WARN query on {host} took {draw.number(2100, 6400)} ms")  # fmt: skip
    draw.log(store, [f"2026-03-11 14:1{n}:04.001 UTC [8{n}] LOG:  duration: {draw.number(2100, 6400)}.220 ms  execute "
                     "<unnamed>: SELECT * FROM products WHERE id = $1" for n in range(10)])  # fmt: skip
    classes = ("bad_rollout", "cache_degraded", "database_degraded", "calls_slow", "config_wrong", "env_wrong")
    return outage(draw, [app, cache, store], slowness(draw, app), classes=classes, innocent=(cache.name,),
                  says=(r"cache|hit|prefix|roll|release|revision",))  # fmt: skip


@situation("field reports")
def more_readers_than_the_topic_has_partitions(draw: Draw) -> Told:
    """The autoscaler adds pods, and those that come have nothing to read."""
    count, partitions = 8, draw.pick(3, 4)
    app = draw.app(replicas=count)
    draw.bystanders(2)
    topic, group = draw.pick("orders", "clicks", "shipments"), app.name
    uses(app, KAFKA_BROKERS="b-1.acme.k2x9ab.c4.kafka.eu-central-1.amazonaws.com:9092", TOPIC=topic, GROUP_ID=group)
    scaler = autoscaler(draw, app, most=count, desired=count)
    draw.objects.append(scaler)
    for number, pod in enumerate(app.pods):
        own = f"[Consumer clientId=consumer-{group}-{number}, groupId={group}]"
        if number < partitions:
            lines = [f"INFO {own} Adding newly assigned partitions: {topic}-{number}"]
            lines += [f"INFO processed 500 records of {topic}-{number} in {draw.number(3800, 5200)} ms, all ok"] * 15
        else:
            lines = [f"INFO {own} Notifying assignor about the new Assignment(partitions=[])",
                     f"INFO {own} no partitions assigned, topic {topic} has {partitions}",
                     *["INFO idle"] * 14]  # fmt: skip
        draw.log(app, lines, pod=pod)
    series = [round(4000 + n * 900 * draw.rng.uniform(0.9, 1.1)) for n in range(60)]
    own_labels = {"namespace": app.namespace, "consumergroup": group, "topic": topic}
    draw.prometheus("kafka_consumergroup_lag", own_labels, series)
    source = rule(f'kafka_consumergroup_lag{{consumergroup="{group}",topic="{topic}"}} > 20000')
    text = {"summary": f"Lag of {group} on {topic} grows"}
    trigger = triggers.alertmanager("KafkaConsumerLag", labels(draw, app), text, generator=source)
    classes = ("queue_backlog", "autoscaler_blocked", "config_wrong", "traffic_surge", "capacity_insufficient")
    return outage(draw, [app], trigger, classes=classes, says=("partition",))


@situation("field reports")
def bundle_that_does_not_know_the_new_authority(draw: Draw) -> Told:
    """The internal authority was renewed; the callee presents the new chain, the caller trusts the old one alone."""
    caller, callee = calling.pair(draw)
    draw.chatter(callee)
    host = calls(draw, caller, callee, "BACKEND_URL", "https")
    minutes = draw.number(16, 30)
    bundle, secret = "internal-ca-bundle", f"{callee.name}-tls"
    meta = objects.meta(bundle, caller.namespace, 60 * 24 * 360, {})
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"ca.crt": "-----BEGIN CERTIFICATE-----"}})
    meta = objects.meta(secret, callee.namespace, 60 * 24 * 300, {})
    meta["managedFields"] = [{"manager": "cert-manager-certificates-issuing", "operation": "Update",
                              "time": objects.at(minutes)}]  # fmt: skip
    draw.objects.append({"kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta,
                         "data": {"tls.crt": "c2V0", "tls.key": "c2V0", "ca.crt": "c2V0"}})  # fmt: skip
    unstarted.mounts(caller, {"name": "ca", "configMap": {"name": bundle}})
    unstarted.mounts(callee, {"name": "tls", "secret": {"secretName": secret}})
    complains(draw, caller, draw.pick(
        f'level=error msg="call failed" err="Get \\"https://{host}/v1\\": tls: failed to verify certificate: x509: '
        'certificate signed by unknown authority"',
        f"ERROR https://{host}: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "
        "unable to find valid certification path to requested target",
        f"ERROR https://{host}: SELF_SIGNED_CERT_IN_CHAIN: self-signed certificate in certificate chain",
    ))  # fmt: skip
    classes = ("certificate_expired", "secret_stale", "certificate_missing", "config_wrong", "dependency_unreachable")
    return outage(draw, [caller, callee], errors(draw, caller), classes=classes,
                  says=(r"certificat\w+|authority|\bCA\b|PKIX",), never=("has expired",))  # fmt: skip


@situation("field reports")
def backfill_that_uses_up_the_key_it_shares(draw: Draw) -> Told:
    """What a partner allows per key is spent by a job beside the shop, which has the same key."""
    app = draw.app()
    batch = draw.app(app.namespace, replicas=1)
    draw.bystanders(1)
    minutes, host = draw.number(18, 32), f"api.{draw.pick('geocode', 'tax', 'address')}.example.net"
    account = f"acct-{draw.suffix(6)}"
    for body in (batch.deployment, batch.replica_set):
        body["metadata"]["creationTimestamp"] = objects.at(minutes)
    past.renew(batch, minutes)
    for one in (app, batch):
        uses(one, PARTNER_URL=f"https://{host}", PARTNER_ACCOUNT=account)
    for pod in batch.pods:
        draw.log(batch, [f"INFO backfill: {n * 1200} of 900000 looked up at {host} as {account}, 1200 per minute"
                         for n in range(1, minutes)], pod=pod, every=60)  # fmt: skip
    complains(draw, app, f'ERROR lookup failed: 429 Too Many Requests from https://{host}: {{"error":"quota_exceeded",'
              f'"account":"{account}","limit":"1000/min"}}')  # fmt: skip
    classes = ("quota_exceeded", "traffic_surge", "retry_storm", "dependency_unreachable", "config_wrong", "calls_slow")
    return outage(draw, [app, batch], errors(draw, app), classes=classes, says=(r"429|quota|too many|rate|limit",))
