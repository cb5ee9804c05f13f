"""The two names by which models are taught to look at pods; each is another tool under them."""

from __future__ import annotations

from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.tools.explain import Explain
from mcp_servers.kubernetes.tools.listing import Listing
from mcp_servers.serving.registry import read_tool


class Pods:
    def __init__(self, api: Api) -> None:
        self._listing, self._explain = Listing(api), Explain(api)

    @read_tool("List pods")
    def kubectl_get_pods(
        self, namespace: inputs.NamespaceOrAll = "", label_selector: inputs.Selector = "", cursor: inputs.Cursor = ""
    ) -> Answer:
        """Pods with state, ready containers, restarts, age and node. Same as kubectl_get with kind Pod."""
        return self._listing.kubectl_get("Pod", namespace, selector=label_selector, cursor=cursor)

    @read_tool("Describe a pod")
    def kubectl_describe_pod(
        self, pod_name: inputs.PodName, namespace: inputs.Namespace, cursor: inputs.Cursor = ""
    ) -> Answer:
        """All facts about one pod and the workload that owns it: containers, events, configuration, Services, node.
        Same as kubectl_explain_workload with kind Pod, so it works for a deleted pod too.
        """
        return self._explain.kubectl_explain_workload(namespace, pod_name, "Pod", cursor)
