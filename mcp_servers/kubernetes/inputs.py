"""The parameters of this server's tools, each described once: a client shows a model these words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mcp_servers.serving.amounts import Count, CountOrNone, Port
from mcp_servers.serving.inputs import Cursor as Cursor
from mcp_servers.serving.inputs import EndOrNone as EndOrNone
from mcp_servers.serving.inputs import Permit as Permit
from mcp_servers.serving.inputs import PreviewedTool as PreviewedTool
from mcp_servers.serving.inputs import Since as Since
from mcp_servers.serving.inputs import StartOrNone as StartOrNone

# Where and what
Namespace = Annotated[str, Field(description="Namespace, e.g. shop.")]
NamespaceOrAll = Annotated[str, Field(description="Namespace, e.g. shop. Empty: all namespaces.")]
NamespaceOrNone = Annotated[str, Field(description="Namespace; empty for cluster-scoped kinds and for all namespaces.")]
LookedForName = Annotated[
    str, Field(description="Name or part of it: web, shop/web, pod/web-7d4f; deleted pods work too.")
]
Kinds = Annotated[list[str] | None, Field(description='Only these kinds, e.g. ["Deployment"]. Default: all.')]
Hygiene = Annotated[bool, Field(description="Also report bad practice that breaks nothing yet.")]
WorkloadName = Annotated[str, Field(description="Exact name, e.g. payments-api; kubectl_find looks names up.")]
ExplainedKind = Annotated[
    str, Field(description="Its kind, e.g. Deployment, Pod, Service, Ingress. Empty: found by name.")
]
PodName = Annotated[str, Field(description="Exact name of the pod, e.g. web-7d4f9c-x2x1z.")]
AnyKind = Annotated[str, Field(description="Kind, plural or short name: Deployment, pods, hpa, nodes.")]
ObjectName = Annotated[str, Field(description="Exact name of one object, shown in full. Empty: a list.")]
Selector = Annotated[str, Field(description="Label selector: app=web,tier!=test. Empty: all.")]
EventName = Annotated[str, Field(description="Only events of the object of this name. Empty: all.")]
EventKind = Annotated[str, Field(description="Only events of this kind of object, e.g. Pod. Empty: all.")]
RevisionedKind = Annotated[str, Field(description="Deployment, StatefulSet or DaemonSet.")]
NodeName = Annotated[str, Field(description="Exact name of one node, shown with its pods. Empty: all nodes.")]

# Choosing objects
Where = Annotated[
    list[dict[str, Any]] | None,
    Field(description='Conditions that must all hold, e.g. [{"column": "restarts", "over": 3}]. Default: none.'),
]
Columns = Annotated[
    list[str] | None, Field(description='Columns to show, e.g. ["name", "node"]. Default: the most useful ones.')
]
GroupBy = Annotated[str, Field(description="Count by this column, e.g. node. Empty: no groups.")]
OrderBy = Annotated[str, Field(description="Column to sort by, e.g. age; -restarts for descending order.")]
Rows = Annotated[Count, Field(description="Maximum number of objects shown; all are counted.")]
Of = Annotated[str, Field(description="Only what belongs to this workload or pod, e.g. Deployment/web.")]

# Logs
LogName = Annotated[str, Field(description="Exact name of a pod, workload or Service, e.g. payments-api.")]
LogNameOrNamespace = Annotated[
    str, Field(description="Exact name of a pod, workload or Service. Empty: the workloads of the namespace.")
]
LogNameOrAll = Annotated[str, Field(description="Exact name of a pod, workload or Service. Empty: all Services.")]
Url = Annotated[str, Field(description="URL of a request, to see whether a rule takes it. Empty: none.")]
Container = Annotated[str, Field(description="Name of one container. Empty: all of them.")]
Previous = Annotated[bool, Field(description="Read only the run before the last restart.")]
Tail = Annotated[Count, Field(description="Number of newest lines to read per container.")]
SinceSeconds = Annotated[CountOrNone, Field(description="Only lines from the last so many seconds; 0: any age.")]
Contains = Annotated[str, Field(description="Only lines with this text, ignoring case. Empty: all.")]
ContainsAll = Annotated[
    list[str] | None, Field(description='Only lines with all these texts, ignoring case, e.g. ["timeout"].')
]
Level = Annotated[str, Field(description="Only lines of at least this severity: error or warning. Empty: all.")]
Numbers = Annotated[
    list[str] | None, Field(description='Figures to track, by words in their line, e.g. ["response time"].')
]
Topic = Annotated[str, Field(description="Only sections that start with a line about this, e.g. a request id.")]
LineLimit = Annotated[CountOrNone, Field(description="Maximum number of lines shown; all are counted.")]
Oldest = Annotated[bool, Field(description="Show the oldest lines instead of the newest.")]
MostLines = Annotated[Count, Field(description="Maximum number of newest lines to read per container.")]

# Calls, networks and rights
CalledName = Annotated[str, Field(description="Host, queue, table, database, cache or function: its name or address.")]
CalledKind = Annotated[str, Field(description="What it is: Address, Queue, Table, Database, Cache, Function.")]
CalledScope = Annotated[str, Field(description="account/region of an AWS resource. Empty: unknown.")]
Source = Annotated[str, Field(description="Caller: namespace/name of a workload or pod, e.g. shop/web.")]
Target = Annotated[str, Field(description="Callee: namespace/name, or host:port.")]
TargetPort = Annotated[Port, Field(description="Port of the Service (or of the pods); 0: the first one.")]
Verb = Annotated[str, Field(description="get, list, watch, create, update, patch, delete.")]
ResourceName = Annotated[str, Field(description="Kind, plural or short name, e.g. deployments or pods/log.")]
RightName = Annotated[str, Field(description="Exact name of one object. Empty: any.")]
Identity = Annotated[
    str, Field(description="A user, or namespace/name of a service account. Empty: this server's own.")
]

# Writes
PreviewedCall = Annotated[
    dict[str, Any], Field(description='Its arguments, e.g. {"namespace": "shop", "name": "web", "to_revision": 3}.')
]
Permitted = Annotated[str, Field(description="Namespace, e.g. shop; must be in the server's allowlist.")]
ToRevision = Annotated[int, Field(description="Revision number, from kubectl_rollout_history.")]
ReplicaSetUid = Annotated[str, Field(description="UID of that revision's ReplicaSet, from kubectl_preview.")]
TemplateHash = Annotated[str, Field(description="Its pod-template-hash, from kubectl_preview.")]
DeploymentKind = Annotated[Literal["", "Deployment"], Field(description="Deployment, or empty.")]
RestartedKind = Annotated[Literal["Deployment", "StatefulSet", "DaemonSet"], Field(description="Kind of the workload.")]
BatchKind = Annotated[Literal["CronJob", "Job"], Field(description="CronJob or Job.")]
TemplateKind = Annotated[
    Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob"], Field(description="Kind of the workload.")
]
Image = Annotated[str, Field(description="Image with its tag or digest, e.g. shop/web:1.8.2.")]
Words = Annotated[list[str] | None, Field(description="One word each; []: take it away; null: unchanged.")]
Variable = Annotated[str, Field(description="Name of the variable, e.g. LOG_LEVEL.")]
VariableValue = Annotated[str, Field(description="Its value, which is no secret.")]
Remove = Annotated[bool, Field(description="Take it away instead.")]
Position = Annotated[int | None, Field(ge=0, description="Its place in the list; only an undo sets this.")]
ProbeName = Annotated[Literal["livenessProbe", "readinessProbe", "startupProbe"], Field(description="Which probe.")]
ProbePath = Annotated[str, Field(description="Path of an HTTP probe, e.g. /healthz. Empty: unchanged.")]
Seconds = Annotated[int | None, Field(ge=0, le=86_400, description="Seconds; null: unchanged.")]
Times = Annotated[int | None, Field(ge=1, le=1000, description="How many times; null: unchanged.")]
ConfigMapName = Annotated[str, Field(description="Exact name of the ConfigMap.")]
ConfigKey = Annotated[str, Field(description="Its key whose value is put back, e.g. LOG_LEVEL.")]
RestartedReader = Annotated[str, Field(description="Workload to restart, which reads it: Deployment/web. Empty: none.")]
FromReplaced = Annotated[bool, Field(description="The value that was replaced; only an undo sets this.")]
WrittenNode = Annotated[str, Field(description="Exact name of the node; node:NAME must be in the server's allowlist.")]
EvictedPod = Annotated[str, Field(description="Exact name of the pod, which a controller has to make again.")]
MostPods = Annotated[int | None, Field(ge=1, le=50, description="How many pods may be evicted at most; null: 10.")]
NodeLabel = Annotated[str, Field(description="Label of nodes, e.g. disktype.")]
NodeLabelValue = Annotated[str, Field(description="The value that nodes must have.")]
Taint = Annotated[str, Field(description="The taint, e.g. dedicated=gpu:NoSchedule.")]
ReferencePath = Annotated[str, Field(description="JSON pointer, e.g. /spec/template/spec/volumes/0/configMap/name.")]
ReferredName = Annotated[str, Field(description="Name of the object, or of the key, that is there.")]
ScaledKind = Annotated[Literal["Deployment", "StatefulSet"], Field(description="Kind of the workload.")]
Replicas = Annotated[int, Field(description="Desired number of pods, e.g. 4.")]
OnlyContainer = Annotated[str, Field(description="Name of the container; optional if there is only one.")]
Memory = Annotated[str, Field(description='Bytes, e.g. 512Mi or 2Gi; "none" removes it; empty: unchanged.')]
Cpu = Annotated[str, Field(description='Cores, e.g. 500m or 2; "none" removes it; empty: unchanged.')]
AutoscalerName = Annotated[str, Field(description="Exact name of the HorizontalPodAutoscaler.")]
BoundReplicas = Annotated[int | None, Field(ge=1, le=100_000, description="Number of pods; null: unchanged.")]
BudgetName = Annotated[str, Field(description="Exact name of the PodDisruptionBudget.")]
PodsOrShare = Annotated[int | str, Field(description="Number of pods, or a share as 25%. Empty: not by this.")]
PolicyName = Annotated[str, Field(description="Exact name of the NetworkPolicy.")]
TrafficDirection = Annotated[Literal["ingress", "egress"], Field(description="As the policy's pods see it.")]
PeerLabels = Annotated[str, Field(description="Labels of the other side's pods: app=web,tier=front.")]
PeerPort = Annotated[int, Field(ge=1, le=65_535, description="Port of the callee's pods, not of a Service.")]
PeerNamespace = Annotated[str, Field(description="Namespace of the other side. Empty: the same one.")]
Protocol = Annotated[Literal["", "TCP", "UDP", "SCTP"], Field(description="Protocol of the port; TCP by default.")]
StorageClassName = Annotated[str, Field(description="Name of the StorageClass that claims ask for.")]
WithdrawClass = Annotated[bool, Field(description="Take the class away again; only an undo sets this.")]
Withdraw = Annotated[bool, Field(description="Take this rule away again; only an undo sets this.")]
ServiceName = Annotated[str, Field(description="Exact name of the Service.")]
ServiceKind = Annotated[Literal["", "Service"], Field(description="Service, or empty.")]
WholeSelector = Annotated[str, Field(description="The complete new selector: app=web,tier=front. Empty: unchanged.")]
ServicePort = Annotated[int | str, Field(description="Which of its ports, by number or name; optional if it has one.")]
PodPort = Annotated[int | str, Field(description="Port of the pods, by number or name. Empty: unchanged.")]
Traffic = Annotated[Literal["", "Cluster", "Local"], Field(description="Traffic policy. Empty: unchanged.")]
Unserved = Annotated[bool, Field(description="Allow it even if no pod is ready; only an undo sets this.")]
IngressName = Annotated[str, Field(description="Exact name of the Ingress.")]
BackendService = Annotated[str, Field(description="Service that should receive the requests.")]
BackendPort = Annotated[int | str, Field(description="Port of that Service, by number or name.")]
RuleHost = Annotated[str, Field(description="Host of the rule, if the Ingress has several.")]
RulePath = Annotated[str, Field(description="Path of the rule, if the host has several.")]
