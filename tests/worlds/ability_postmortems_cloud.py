"""Incidents of a cloud account as reports after the fact tell them: disks, shares, secrets, functions, mails, streams.

An examiner wrote them who does not know how the responder judges; each is of a kind that no other world here has.
"""

from __future__ import annotations

from tests.worlds import objects, past, unstarted, waiting, workloads
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import calm

ACCOUNT = "123456789012"


@situation("postmortems")
def disk_that_may_not_grow_twice_a_day(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    claim = workloads.claim_volume(draw, app)
    body: Obj = next(o for o in draw.objects if o["kind"] == "PersistentVolumeClaim" and o["metadata"]["name"] == claim)
    body["spec"]["resources"]["requests"]["storage"] = draw.pick("20Gi", "40Gi")
    body["status"]["conditions"] = [{"type": "Resizing", "status": "True", "lastTransitionTime": objects.at(30)}]
    disk = f"vol-0{draw.suffix(16)}"
    message = (
        f'resize volume "{body["spec"]["volumeName"]}" by resizer "ebs.csi.aws.com" failed: rpc error: code = Internal'
        f' desc = Could not resize volume "{disk}": rpc error: code = Internal desc = Could not modify volume "{disk}":'
        " operation error EC2: ModifyVolume, https response error StatusCode: 400, RequestID: f4a49e65, api error"
        " VolumeModificationRateExceeded: You've reached the maximum modification rate per volume limit. Wait at least"
        " 6 hours between modifications per EBS volume."
    )
    event = objects.event(body, "VolumeResizeFailed", message, minutes=2, count=draw.number(6, 30))
    draw.objects.append({**event, "source": {"component": "external-resizer ebs.csi.aws.com"}})
    complains(draw, app, draw.pick(
        "ERROR write /data/segments/000042: no space left on device",
        "PANIC:  could not write to file \"pg_wal/xlogtemp.42\": No space left on device",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "disk", measured=False),
                  classes=("volume_full", "quota_exceeded"),
                  says=("No space left|6 hours|ModificationRate",))  # fmt: skip


@situation("postmortems")
def disk_whose_credit_is_spent_beside_a_release(draw: Draw) -> Told:
    """Two explanations: the database's disk has no burst left, and a release of that hour reads more than before."""
    app, name = draw.app(), f"{draw.name()}-db"
    draw.bystanders(1)
    uses(app, DATABASE_URL=f"postgres://app@{name}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com:5432/x")
    minutes = draw.number(28, 40)
    past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    where = {"DBInstanceIdentifier": name}
    falling = [max(0.0, round(99.0 - 4.5 * max(0, n - 20), 1)) for n in range(60)]
    draw.cloudwatch("AWS/RDS", "BurstBalance", where, falling)
    draw.cloudwatch("AWS/RDS", "ReadIOPS", where, [*calm(draw, 140.0, 25), *calm(draw, 900.0, 18), *[100.0] * 17])
    draw.cloudwatch("AWS/RDS", "DiskQueueDepth", where, [*calm(draw, 0.4, 43), *calm(draw, 46.0, 17)])
    draw.cloudwatch("AWS/RDS", "CPUUtilization", where, calm(draw, 22.0))
    complains(draw, app, draw.pick(
        'level=warn msg="slow query" took=6.2s sql="SELECT * FROM entries WHERE account = ?"',
        "WARN o.h.SQL_SLOW - SlowQuery: 6214 milliseconds. SQL: 'select * from entries where account=?'",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "latency", measured=draw.pick(True, False)),
                  classes=("database_degraded", "calls_slow", "bad_rollout"), says=(f"SELECT|{name}",))  # fmt: skip


@situation("postmortems")
def functions_at_once_beyond_their_number(draw: Draw) -> Told:
    app, function = draw.app(), draw.name()
    draw.bystanders(2)
    uses(app, RENDER_FUNCTION=function)
    reason = draw.pick("ReservedFunctionConcurrentInvocationLimitExceeded", "ConcurrentInvocationLimitExceeded")
    complains(draw, app, draw.pick(
        "botocore.errorfactory.TooManyRequestsException: An error occurred (TooManyRequestsException) when calling the"
        f" Invoke operation (reached max retries: 4): Rate Exceeded. Reason: {reason}",
        "ERROR invoke: operation error Lambda: Invoke, exceeded maximum number of attempts, 3, https response error"
        f" StatusCode: 429, RequestID: {draw.suffix(8)}, TooManyRequestsException: Rate Exceeded. Reason: {reason}",
    ))  # fmt: skip
    where = {"FunctionName": function}
    draw.cloudwatch("AWS/Lambda", "Throttles", where, [*[0.0] * 44, *calm(draw, 240.0, 16)], stat="Sum")
    draw.cloudwatch("AWS/Lambda", "ConcurrentExecutions", where, [*calm(draw, 30.0, 44), *[100.0] * 16], stat="Maximum")
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("quota_exceeded", "traffic_surge", "retry_storm", "capacity_insufficient"),
                  says=("Rate Exceeded|TooManyRequests|ConcurrentInvocation|Throttles",))  # fmt: skip


@situation("postmortems")
def secret_that_somebody_marked_for_deletion(draw: Draw) -> Told:
    """The store keeps it for a month and gives it to nobody; the operator cannot make the Secret of the cluster."""
    app = draw.app()
    draw.bystanders(2)
    secret, path = f"{app.name}-credentials", f"prod/{draw.name()}"
    operator = draw.app("external-secrets", name="external-secrets", replicas=1)
    problem = draw.pick(
        "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
        "operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 5b1c, "
        "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
    )
    external: Obj = {
        "kind": "ExternalSecret",
        "metadata": objects.meta(secret, app.namespace, 9000, {}),
        "spec": {"target": {"name": secret}, "dataFrom": [{"extract": {"key": path}}]},
        "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError",
                                   "message": "could not get secret data from provider",
                                   "lastTransitionTime": objects.at(60)}]},
    }  # fmt: skip
    text = f"error processing spec.dataFrom[0].extract, err: {problem}"
    draw.objects.append(objects.event(external, "UpdateFailed", text, minutes=1, count=draw.number(20, 60)))
    complains(draw, operator, '{"level":"error","ts":1773238262.1,"msg":"Reconciler error",'
              '"controller":"externalsecret",'
              f'"ExternalSecret":{{"name":"{secret}","namespace":"{app.namespace}"}},"error":"{text}"}}')  # fmt: skip
    unstarted.takes(app, {"secretRef": {"name": secret}})
    missing = f'secret "{secret}" not found'
    unstarted.waiting(draw, app, "CreateContainerConfigError", missing, ("Failed", f"Error: {missing}"))
    waiting.empty(draw, app)
    return outage(draw, [app, operator], unstarted.alarm(draw, app), classes=("config_missing", "config_wrong"),
                  says=(secret,))  # fmt: skip


@situation("postmortems")
def mails_beyond_what_a_day_allows(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    uses(app, SMTP_HOST="email-smtp.eu-central-1.amazonaws.com")
    complains(draw, app, draw.pick(
        "smtplib.SMTPDataError: (454, b'Throttling failure: Daily message quota exceeded.')",
        "botocore.exceptions.ClientError: An error occurred (Throttling) when calling the SendEmail operation (reached"
        " max retries: 4): Daily message quota exceeded.",
        "Error: Data command failed: 454 Throttling failure: Daily message quota exceeded.",
    ))  # fmt: skip
    kind = draw.pick("errors", "backlog")
    return outage(draw, [app], raise_alarm(draw, app, kind, measured=draw.pick(True, False)),
                  classes=("quota_exceeded", "traffic_surge"), says=("quota exceeded",))  # fmt: skip


@situation("postmortems")
def stream_with_one_reader_too_many(draw: Draw) -> Told:
    """A second reader shares what a shard gives in a second, and the first falls behind."""
    app, stream = draw.app(), draw.name()
    other = draw.app(app.namespace)
    for one in (app, other):
        uses(one, STREAM_NAME=stream)
    other.deployment["metadata"]["creationTimestamp"] = objects.at(50)
    past.renew(other, 50)
    draw.chatter(other)
    shard = f"shardId-{draw.number(0, 9):012d}"
    complains(draw, app, draw.pick(
        "botocore.errorfactory.ProvisionedThroughputExceededException: An error occurred"
        " (ProvisionedThroughputExceededException) when calling the GetRecords operation: Rate exceeded for shard"
        f" {shard} in stream {stream} under account {ACCOUNT}.",
        "ERROR poll: operation error Kinesis: GetRecords, https response error StatusCode: 400, api error"
        f" ProvisionedThroughputExceededException: Rate exceeded for shard {shard} in stream {stream} under account"
        f" {ACCOUNT}.",
    ))  # fmt: skip
    where = {"StreamName": stream}
    late = [*[400.0] * 15, *[60000.0 * n for n in range(45)]]
    draw.cloudwatch("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", where, late, stat="Maximum")
    draw.cloudwatch("AWS/Kinesis", "ReadProvisionedThroughputExceeded", where, [*[0.0] * 12, *calm(draw, 0.6, 48)])
    draw.cloudwatch("AWS/Kinesis", "IncomingRecords", where, calm(draw, 5200.0), stat="Sum")
    return outage(draw, [app, other], raise_alarm(draw, app, "backlog", measured=draw.pick(True, False)),
                  classes=("queue_backlog", "traffic_surge", "quota_exceeded", "retry_storm", "capacity_insufficient"),
                  says=("Rate exceeded|ThroughputExceeded|IteratorAge",))  # fmt: skip


@situation("postmortems")
def share_that_no_machine_reaches(draw: Draw) -> Told:
    """A security group of the file system was tightened, and only new pods notice."""
    app = draw.app(replicas=draw.number(1, 3))
    draw.bystanders(2)
    workloads.claim_volume(draw, app)
    share = f"fs-0{draw.suffix(16)}"
    for one in draw.objects:
        if (
            one["kind"] in ("PersistentVolumeClaim", "PersistentVolume")
            and one["spec"].get("storageClassName") == "gp3"
        ):
            one["spec"].update(storageClassName="efs", accessModes=["ReadWriteMany"])
        if one["kind"] == "StorageClass" and one["metadata"]["name"] == "gp3":
            one.update(metadata={"name": "efs"}, provisioner="efs.csi.aws.com")
    volume = next(one["metadata"]["name"] for one in draw.objects if one["kind"] == "PersistentVolume")
    at = f"/var/lib/kubelet/pods/{draw.suffix(8)}/volumes/kubernetes.io~csi/{volume}/mount"
    message = draw.pick(
        f'MountVolume.SetUp failed for volume "{volume}" : rpc error: code = Internal desc = Could not mount'
        f' "{share}:/" at "{at}": mount failed: exit status 32\nMounting command: mount\n'
        f"Mounting arguments: -t efs -o tls {share}:/ {at}\nOutput: mount.nfs4: Connection timed out",
        f'MountVolume.SetUp failed for volume "{volume}" : mount failed: exit status 32\nMounting command: mount\n'
        f"Mounting arguments: -t nfs {share}.efs.eu-central-1.amazonaws.com:/ {at}\n"
        "Output: mount.nfs: Connection timed out",
    )
    waiting.hold(draw, app, "FailedMount", message)
    return outage(draw, [app], waiting.complaint(draw, app), says=("mount|timed out",),
                  classes=("volume_unattachable", "dependency_unreachable"))  # fmt: skip
