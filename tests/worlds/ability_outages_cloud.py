"""Outages of what a cloud account gives: keys, buckets, limits, queues, databases and the way out."""

from __future__ import annotations

from tests.worlds import calling, triggers, waiting
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.outages import complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import calm

ACCOUNT = "123456789012"


@situation("outages")
def bucket_of_another_region(draw: Draw) -> Told:
    app = draw.app()
    bucket = f"{draw.name()}-{draw.suffix(4)}"
    uses(app, BUCKET=bucket, AWS_REGION="us-east-1")
    complains(draw, app, draw.pick(
        "botocore.exceptions.ClientError: An error occurred (PermanentRedirect) when calling the PutObject operation:"
        " The bucket you are attempting to access must be addressed using the specified endpoint.",
        "ERROR upload: operation error S3: PutObject, https response error StatusCode: 400, api error"
        " AuthorizationHeaderMalformed: the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        "S3ServiceException [PermanentRedirect]: The bucket must be addressed using the specified endpoint"
        f" {bucket}.s3.eu-central-1.amazonaws.com",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), classes=("config_wrong", "env_wrong"),
                  says=("region|endpoint",))  # fmt: skip


@situation("outages")
def encryption_key_that_is_switched_off(draw: Draw) -> Told:
    app = draw.app()
    key = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{draw.suffix(8)}-{draw.suffix(4)}"
    complains(draw, app, draw.pick(
        f"botocore.errorfactory.DisabledException: An error occurred (DisabledException) when calling the Decrypt"
        f" operation: {key} is disabled.",
        f"ERROR decrypt: operation error KMS: Decrypt, api error KMSInvalidStateException: {key} is pending deletion.",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), classes=("config_wrong",),
                  says=("is disabled|pending deletion",))  # fmt: skip


@situation("outages")
def interface_of_the_account_that_slows_its_callers(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        "botocore.exceptions.ClientError: An error occurred (ThrottlingException) when calling the GetParameter"
        " operation (reached max retries: 4): Rate exceeded",
        "ERROR put record: operation error Firehose: PutRecordBatch, exceeded maximum number of attempts, 3, api error"
        " ServiceUnavailableException: Slow down.",
        "SSMServiceException [ThrottlingException]: Rate exceeded",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, draw.pick("errors", "latency"), measured=False),
                  classes=("retry_storm", "traffic_surge"), says=("Rate exceeded|Slow down",))  # fmt: skip


@situation("outages")
def bucket_whose_policy_shuts_a_role_out(draw: Draw) -> Told:
    app = draw.app()
    where = f"arn:aws:s3:::{draw.name()}-{draw.suffix(4)}/in/a.csv"
    complains(draw, app, draw.pick(
        f"botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation: User:"
        f" arn:aws:sts::{ACCOUNT}:assumed-role/reader/i is not authorized to perform: s3:GetObject on resource:"
        f' "{where}" with an explicit deny in a resource-based policy',
        f"ERROR read: operation error S3: GetObject, StatusCode: 403, api error AccessDenied: User:"
        f" arn:aws:sts::{ACCOUNT}:assumed-role/reader/i is not authorized to perform: s3:GetObject on resource:"
        f" {where} with an explicit deny in a resource-based policy",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("cloud_identity_denied",), says=("s3:GetObject",))  # fmt: skip


@situation("outages")
def messages_that_end_up_aside(draw: Draw) -> Told:
    """Since this hour a producer leaves a field out; each such message fails a few times and goes to the queue for the
    dead. The alarm is about that queue."""
    app = draw.app()
    draw.bystanders(2)
    queue = draw.name()
    uses(app, QUEUE_URL=f"https://sqs.eu-central-1.amazonaws.com/{ACCOUNT}/{queue}")
    complains(draw, app, f"ERROR message {draw.suffix(8)} failed: " + draw.pick(
        "KeyError: 'currency'", "missing required field 'currency'", "TypeError: currency is undefined"))  # fmt: skip
    growing = [*calm(draw, 1.0, 30), *[float(5 * n) for n in range(30)]]
    name = "ApproximateNumberOfMessagesVisible"
    draw.cloudwatch("AWS/SQS", name, {"QueueName": f"{queue}-dlq"}, growing)
    draw.cloudwatch("AWS/SQS", name, {"QueueName": queue}, calm(draw, 4.0))
    trigger = triggers.cloudwatch_alarm(
        f"{queue}-dlq-not-empty", "AWS/SQS", name, {"QueueName": f"{queue}-dlq"},
        statistic="Maximum", threshold=10, value=145,
    )  # fmt: skip
    return outage(draw, [app], trigger, classes=("poison_message", "queue_backlog"), says=(f"{queue}-dlq",))


@situation("outages")
def way_out_without_ports(draw: Draw) -> Told:
    """The NAT gateway has no port left for one destination."""
    app, host = draw.app(), f"api.{draw.suffix(6)}.example.com"
    draw.bystanders(2)
    uses(app, GEO_URL=f"https://{host}/v1")
    for pod in app.pods:
        draw.log(app, calling.timeouts(draw, host, 443), pod=pod)
    gateway = {"NatGatewayId": f"nat-0{draw.suffix(8)}"}
    draw.cloudwatch("AWS/NATGateway", "ErrorPortAllocation", gateway, [*[0.0] * 45, *calm(draw, 300.0, 15)], stat="Sum")
    draw.cloudwatch("AWS/NATGateway", "ActiveConnectionCount", gateway, [*calm(draw, 9e3, 45), *calm(draw, 5.5e4, 15)],
                    stat="Maximum")  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("nat_exhausted", "dependency_unreachable"), says=(host,))  # fmt: skip


@situation("outages")
def replica_that_falls_behind(draw: Draw) -> Told:
    app, name = draw.app(), f"{draw.name()}-replica"
    draw.chatter(app)
    uses(app, READ_URL=f"postgres://app@{name}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com:5432/x")
    lag = [*calm(draw, 0.4, 30), *[20.0 * n for n in range(1, 31)]]
    draw.cloudwatch("AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": name}, lag)
    draw.cloudwatch("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": name}, calm(draw, 35.0))
    trigger = triggers.cloudwatch_alarm(
        f"{draw.pick('reads', 'replica')}-behind", "AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": name},
        statistic="Average", threshold=60, value=600.0,
    )  # fmt: skip
    return outage(draw, [app], trigger, classes=("database_degraded",), says=(name,))


@situation("outages")
def cache_that_was_emptied(draw: Draw) -> Told:
    """Nothing is in the cache any more, and all that it held back falls on the database."""
    app, cache, name = draw.app(), f"{draw.name()}-cache", f"{draw.name()}-db"
    draw.bystanders(2)
    domain = draw.suffix(9)
    uses(app, REDIS_URL=f"redis://{cache}.{domain}.0001.euc1.cache.amazonaws.com:6379",
         DATABASE_URL=f"postgres://app@{name}.{domain}.eu-central-1.rds.amazonaws.com:5432/x")  # fmt: skip
    draw.cloudwatch("AWS/ElastiCache", "CacheHitRate", {"CacheClusterId": cache},
                    [*calm(draw, 95.0, 45), *calm(draw, 6.0, 15)])  # fmt: skip
    draw.cloudwatch("AWS/ElastiCache", "CurrItems", {"CacheClusterId": cache},
                    [*calm(draw, 8e5, 45), *calm(draw, 900.0, 15)])  # fmt: skip
    draw.cloudwatch("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": name},
                    [*calm(draw, 24.0, 45), *[99.0] * 15])  # fmt: skip
    complains(draw, app, draw.pick(
        'level=warn msg="slow query" took=4.1s sql="SELECT * FROM items WHERE id = ?"',
        "WARN o.h.SQL_SLOW - SlowQuery: 4120 milliseconds. SQL: 'select * from items where id=?'",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "latency", measured=draw.pick(True, False)),
                  classes=("cache_degraded", "database_degraded", "calls_slow"),
                  says=(f"SELECT|{name}|{cache}",))  # fmt: skip


@situation("outages")
def machines_over_the_limit_of_the_account(draw: Draw) -> Told:
    """Pods wait for nodes, and the cloud gives none."""
    app = draw.app(replicas=3)
    draw.bystanders(1)
    scaler = draw.app("kube-system", name=draw.pick("cluster-autoscaler", "karpenter"), replicas=1)
    message = "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No victims."
    waiting.leave_without_node(draw, app, message)
    complains(draw, scaler, draw.pick(
        "E0311 14:11:02.1 1 static_autoscaler.go:510] Failed to scale up: launching instance: VcpuLimitExceeded: You"
        " have requested more vCPU capacity than your current vCPU limit of 64 allows for the instance bucket",
        '{"level":"ERROR","logger":"controller","message":"failed launching nodeclaim","error":"creating instance,'
        ' VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 64 allows"}',
    ))  # fmt: skip
    return outage(draw, [app, scaler], waiting.complaint(draw, app), ends=("cause",),
                  classes=("nodes_not_added", "capacity_insufficient"), says=("vCPU|Insufficient cpu",))  # fmt: skip
