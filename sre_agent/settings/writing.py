"""Whether anything may be written, where, and under which identity."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class WriteSettings(Area):
    writes: bool = Field(False, description="open write sessions at all; off, so that nothing can act by accident")
    allow_namespaces: tuple[str, ...] = Field((), description="namespace patterns that may be written; none")
    allow_documents: tuple[str, ...] = Field((), description="SSM document patterns that may be started; none")
    write_kubeconfig: str = Field("", description="kubeconfig of the writing identity; empty: the reading one's")
    write_kube_context: str = Field("", description="context of the writing identity; empty: the reading one's")
    write_eks: str = Field("", description="EKS cluster with the role that writes; empty: the reading one's")
    write_aws_profile: str = Field(
        "", description="credentials profile of the writing identity; empty: the reading one's"
    )
    permit_seconds: float = Field(300.0, gt=0, description="how long a permit is valid; a write follows within seconds")
