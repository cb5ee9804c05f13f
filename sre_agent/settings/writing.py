"""Whether anything may be written, where, and under which identity."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class WriteSettings(Area):
    writes: bool = Field(False, description="allow writes at all; off, so that nothing changes by accident")
    allow_namespaces: tuple[str, ...] = Field((), description="patterns of namespaces where writes are allowed; none")
    allow_nodes: tuple[str, ...] = Field(
        (), description="patterns of nodes that may be cordoned, uncordoned or drained; none"
    )
    allow_documents: tuple[str, ...] = Field((), description="patterns of SSM documents that may be started; none")
    write_kubeconfig: str = Field("", description="kubeconfig of the write identity; empty: that of the read identity")
    write_kube_context: str = Field("", description="context of the write identity; empty: that of the read identity")
    write_eks: str = Field("", description="EKS cluster with the write role; empty: that of the read identity")
    write_aws_profile: str = Field(
        "", description="credentials profile of the write identity; empty: that of the read identity"
    )
    write_aws_role: str = Field("", description="ARN of a role to assume to write; empty: the one that reads")
    permit_seconds: float = Field(300.0, gt=0, description="how long a permit is valid; a write follows within seconds")
