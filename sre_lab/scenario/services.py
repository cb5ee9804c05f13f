"""The requests that reach Services, and what these need inside and outside the cluster."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_lab.scenario.schema import ScenarioPart, Span


class Traffic(ScenarioPart):
    """Requests to one Kubernetes Service, what each of them needs, and where their metrics and logs go.

    `rate` counts the requests from outside; those of other Services whose `calls` name this one come on top. A call is
    `service`, `namespace/service`, or either with `:port`; without a port the Service's first one is meant.
    """

    service: str  # name of the Service
    namespace: str
    rate: float = 20.0  # requests per second
    calls: list[str] = []  # Services that every request needs
    retries: int = Field(default=0, ge=0, description="retries of a failed call to a Service or dependency")
    timeout_ms: float = 1000.0  # patience with a call or a dependency that does not answer
    depends_on: list[str] = []  # names of dependencies that every request needs
    latency_ms: float = 40.0
    ingress: str = ""  # the Ingress of the namespace through whose load balancer the outside requests come
    path: str = "/"  # of those requests, and
    host: str = ""  # their host; empty matches a rule without one, or the first
    metric_namespace: str = "Shop/Services"  # RequestCount, HTTPCode_Target_5XX_Count, Latency; dimension Service
    published_by: str = ""  # Service (namespace/name) of the agent that passes these metrics on while it is ready
    log_group: str = ""  # container lines of the Service's pods land here as well


class DependencyPassword(ScenarioPart):
    """What a dependency asks for. Who takes the Secret's key into a variable uses the value of the container's start;
    who mounts the Secret uses the present one."""

    secret: str  # namespace/name
    key: str
    value: str  # what is accepted now, in clear text
    user: str = "app"


class Dependency(ScenarioPart):
    """Something outside the cluster: a database, a cache, a table, a queue, another team's service.

    A pod comes by its role through the `eks.amazonaws.com/role-arn` annotation of its ServiceAccount, as it stood when
    the pod was created.
    """

    name: str
    kind: Literal["dynamodb", "rds", "elasticache", "sqs", "s3", "secretsmanager", "http"]
    address: str = ""  # host:port that application lines name
    ip: str = "10.0.200.10"  # what the host resolves to: egress rules with an ipBlock are matched with it
    up: bool = True
    latency_ms: float = 0.0  # added to every request that uses it
    allowed_roles: list[str] = []  # ARNs of IAM roles that may use it; empty: whoever reaches it
    action: str = ""  # the IAM action that a caller needs, as its AccessDenied names it
    password: DependencyPassword | None = None
    write_units_per_request: float = 0.0  # dynamodb: capacity that one request consumes
    max_connections: int = 0  # rds, elasticache: what it accepts altogether; 0 is no bound
    pool: int = Field(default=5, description="open connections from each caller's pod")
    other_connections: int = 0  # held by clients outside the cluster
    storage_gib: float = 100.0  # rds: size of the volume
    storage_used: float = 0.4  # rds: share of it that is taken
    multi_az: bool = False  # rds: a standby in another zone
    arrivals: float = 0.0  # sqs: messages per second that come from outside
    backlog: int = 0  # sqs: messages that wait when the world begins
    blocked: str = ""  # sqs: why the next message of its only group cannot be worked off; it comes back for ever


class QueueConsumption(ScenarioPart):
    """A program that takes messages from a queue."""

    queue: str  # name of a dependency of kind sqs
    needs: list[str] = []  # names of dependencies that every message needs
    rate: float = 5.0  # messages per second and container
    error_log: str = ""  # the line while it gets nothing done; `{error}` and `{dependency}` say of what
    every: Span = 20.0  # between two such lines
