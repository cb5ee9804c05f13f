"""The clusters and accounts that one responder serves; each incident is of one of them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field, field_validator

from sre_agent.settings.area import Area
from sre_agent.settings.servers import ForeignServer, RemoteServer


class ClusterEntry(Area):
    """How one cluster is reached, and the account that it is in. What is empty is as in the settings of all, but for
    Prometheus and servers elsewhere: another cluster's would tell of the wrong one."""

    kubeconfig: str = Field("", description="path of the kubeconfig; empty: that of all")
    kube_context: str = Field("", description="context in it; empty: the one that is called like the cluster")
    eks: str = Field("", description="REGION/CLUSTER, reached with the entry's role instead of a kubeconfig")
    aliases: tuple[str, ...] = Field((), description="what else alarms call it, in a label or a dimension")
    account: str = Field("", description="number of its AWS account; alarms of that account are of this cluster")
    region: str = Field("", description="AWS region")
    aws_endpoint_url: str = Field("", description="one endpoint for all AWS services; empty: that of all")
    aws_profile: str = Field("", description="credentials profile")
    role: str = Field("", description="ARN of the role to assume in the account, to read; empty: none")
    external_id: str = Field("", description="external id that the role's owner asks for")
    prometheus_url: str = Field("", description="base URL of its Prometheus; empty: none")
    alertmanager_url: str = Field("", description="base URL of its Alertmanager; empty: none")
    remote_servers: dict[str, RemoteServer] = Field(default_factory=dict, description="its servers elsewhere, by name")
    remote_writers: dict[str, RemoteServer] = Field(default_factory=dict, description="those of them that write")
    foreign_servers: dict[str, ForeignServer] = Field(
        default_factory=dict,
        description="third-party servers that read it, by the name of the one that each replaces; none: the shipped"
        " ones, and for the cluster that `cluster` names those of the other settings",
    )
    write_kubeconfig: str = Field("", description="kubeconfig of the write identity")
    write_kube_context: str = Field("", description="context of the write identity")
    write_role: str = Field("", description="ARN of the role to assume to write; empty: the one that reads")

    def is_called(self, name: str, word: str) -> bool:
        """Whether `word` means this cluster, whose entry is `name`."""
        return word in (name, *self.aliases, self.eks.rpartition("/")[2] or name)


class ClusterTable(Area):
    clusters: dict[str, ClusterEntry] = Field(
        default_factory=dict,
        description="the clusters by name, where there are several; `cluster` names the one that is meant where nothing"
        " says; none: the one that the other settings lead to",
    )

    @field_validator("clusters", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable it is JSON."""
        return json.loads(value) if isinstance(value, str) else value
