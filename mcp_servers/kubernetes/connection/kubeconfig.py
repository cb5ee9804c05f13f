"""How a connection begins: through a context of a kubeconfig, or as the service account of the pod we run in.

The official client is loaded when it is needed, so that a server lists its tools before.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mcp_servers.serving.errors import TeachingError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

HOST: Final = "KUBERNETES_SERVICE_HOST"  # which the kubelet sets in every pod
ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")  # where the kubelet mounts token and ca.crt
CONNECTIONS: Final = 64  # kept open: a call reads eight lists at once, and each specialist makes several calls


def by_context(kubeconfig: str, context: str) -> ApiClient:
    """The official client's own reading of a context: certificates, tokens, credential plugins and their renewal."""
    from kubernetes import config

    try:
        return pooled(config.new_client_from_config(kubeconfig or None, context))
    except config.ConfigException as problem:
        request = f"context {context!r} of {kubeconfig or 'the default kubeconfig'}"
        raise TeachingError("unavailable", request, f"{problem}.", "Fix that context in the kubeconfig.") from problem


def runs_in_cluster(account: Path = ACCOUNT) -> bool:
    return bool(os.environ.get(HOST)) and (account / "token").is_file()


def in_cluster(account: Path = ACCOUNT) -> ApiClient:
    """The API server of this pod's cluster. The kubelet replaces the token in its file long before it expires, so the
    file is read for each request."""
    from kubernetes import config
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config.incluster_config import InClusterConfigLoader

    configuration = Configuration()
    loader = InClusterConfigLoader(account / "token", account / "ca.crt", try_refresh_token=False)
    try:
        loader.load_and_set(configuration)
    except config.ConfigException as problem:
        request, to_do = f"the service account in {account}", "Let the pod mount its service account's token."
        raise TeachingError("unavailable", request, f"{problem}", to_do) from problem

    def renew(asking: Any) -> None:
        if token := _token(account):
            asking.api_key["BearerToken"] = f"Bearer {token}"

    configuration.refresh_api_key_hook = renew
    return pooled(ApiClient(configuration))


def pooled(api: ApiClient) -> ApiClient:
    """The client with connections that never repeat a request: a write is sent once, a silent server asked once.

    The proxy is the one that the environment names now; the pool of connections knows no later one.
    """
    from kubernetes.client.rest import RESTClientObject

    api.configuration.retries = False
    api.configuration.connection_pool_maxsize = CONNECTIONS
    api.configuration.proxy = api.configuration.proxy  # once chosen it stays: left open, each request searches for one
    api.rest_client = RESTClientObject(api.configuration)  # the pool takes this over only when it is made
    return api


def _token(account: Path) -> str:
    """Empty in the moment in which the file is replaced: then the last one still holds."""
    try:
        return (account / "token").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
