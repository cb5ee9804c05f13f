"""How far a write reaches, in numbers: what a policy compares and a limit counts.

A server that previews a write puts these beside its sentence (`data.figures`, `data.namespace`, `data.other_actors`).
What could not be read is None and never zero: whoever decides takes it for the worst.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

ActorKind = Literal["rollout", "field_manager", "autoscaler", "drain"]
FIGURES: Final = "figures"  # keys of a preview's data
NAMESPACE: Final = "namespace"
OTHER_ACTORS: Final = "other_actors"
NONE_ON_AWS: Final = {"instances": 0, "databases": 0, "messages": 0}  # what a write to Kubernetes reaches there
COMPUTED: Final = "computed"  # true: from what was read, the API server did not try it


class BlastRadiusFigures(BaseModel):
    """`replicas` are running pods that are replaced, removed or sent elsewhere, `ready_share` how many per cent of the
    ready pods behind the same Services they are, `nodes` on how many nodes they run, `callers` how many Ingresses
    and other workloads of the namespace name those Services. `instances`, `databases` and `messages` are what a runbook
    on AWS reaches: machines, database instances, messages of a queue; a write to Kubernetes reaches none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    replicas: int | None = Field(None, ge=0)
    ready_share: int | None = Field(None, ge=0, le=100)
    nodes: int | None = Field(None, ge=0)
    callers: int | None = Field(None, ge=0)
    instances: int | None = Field(None, ge=0)
    databases: int | None = Field(None, ge=0)
    messages: int | None = Field(None, ge=0)


class NamespaceHealth(BaseModel):
    """The namespace of a write: its labels, how many workloads are to run there, and how many of them have fewer than
    half of their replicas ready without a restart in the last five minutes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    labels: dict[str, str] | None = None
    workloads: int | None = Field(None, ge=0)
    failing: int | None = Field(None, ge=0)


class OtherActor(BaseModel):
    """Somebody else at work on the target: `who` (a field manager, an autoscaler, a node), and since when or when last;
    `at` None where only that it goes on now is known."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ActorKind
    who: str
    at: datetime | None = None
