"""Which cluster is read."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class KubernetesSettings(Area):
    kubeconfig: str = Field("", description="path of the kubeconfig; empty: KUBECONFIG, ~/.kube/config or in-cluster")
    kube_context: str = Field("", description="context in it; empty: the current one")
    eks: str = Field("", description="EKS cluster NAME=REGION/CLUSTER[,role=ARN] instead of a kubeconfig; empty: none")
    cluster: str = Field("", description="name of the cluster in subjects and permits; empty: the context's cluster")
