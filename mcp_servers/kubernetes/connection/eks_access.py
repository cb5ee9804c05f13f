"""How an EKS cluster is reached: where its API server is, told by AWS, and the token by which it knows an AWS identity.

The token is a request to STS that was signed and not sent. The API server sends it, learns who signed, and lets in
whom an access entry or the ConfigMap aws-auth names.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError
from kubernetes.client import ApiClient, Configuration

from mcp_servers.kubernetes.connection.eks import EksCluster
from mcp_servers.kubernetes.connection.kubeconfig import pooled
from mcp_servers.serving.assumed_role import SESSION
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError

PREFIX: Final = "k8s-aws-v1."
HEADER: Final = "x-k8s-aws-id"
URL_SECONDS: Final = 60  # what EKS asks for; the token itself is taken for 15 minutes
KEPT_SECONDS: Final = 13 * 60


class EksAccess:
    """The way into one cluster, with AWS credentials of this server or of the cluster's role."""

    def __init__(self, cluster: EksCluster) -> None:
        self._cluster = cluster
        self._own = AwsAccount(region=cluster.region)

    def connect(self, clock: Callable[[], float]) -> ApiClient:
        """A client whose token is renewed in time by `clock`, in seconds of the wall clock. Raises TeachingError."""
        request = f"EKS cluster {self._cluster.cluster} in {self._cluster.region}"
        cluster = self._account().ask("eks", "describe_cluster", request=request, name=self._cluster.cluster)["cluster"]
        if not cluster.get("endpoint"):
            wrong = f"it has no API server yet; its status is {cluster.get('status')}."
            raise TeachingError("unavailable", request, wrong, "Retry when it is ACTIVE.")
        configuration = Configuration(host=cluster["endpoint"])
        if authority := (cluster.get("certificateAuthority") or {}).get("data"):
            configuration.ca_cert_data = base64.b64decode(authority).decode()
        tokens = Tokens(self.token, clock)

        def renew(asking: Any) -> None:
            asking.api_key["BearerToken"] = f"Bearer {tokens.current()}"

        renew(configuration)
        configuration.refresh_api_key_hook = renew
        return pooled(ApiClient(configuration))

    def token(self) -> str:
        """A new bearer token. Only an assumed role needs a request for it."""
        client = self._account().session.client("sts", region_name=self._cluster.region)
        client.meta.events.register("before-sign.sts.GetCallerIdentity", self._name_cluster)
        try:
            url = client.generate_presigned_url("get_caller_identity", ExpiresIn=URL_SECONDS, HttpMethod="GET")
        except BotoCoreError as problem:
            to_do = "Give the server AWS credentials: AWS_* environment variables or a role."
            raise TeachingError(
                "denied", f"a token for EKS cluster {self._cluster.cluster}", str(problem), to_do
            ) from problem
        return PREFIX + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()

    def _name_cluster(self, request: Any, **_: Any) -> None:
        request.headers[HEADER] = self._cluster.cluster  # signed with the rest: good for no other cluster

    def _account(self) -> AwsAccount:
        """The account as the role that is assumed, else as the server's own identity."""
        if not self._cluster.role:
            return self._own
        request = f"the role {self._cluster.role} for EKS cluster {self._cluster.cluster}"
        own_id: dict[str, Any] = {"ExternalId": self._cluster.external_id} if self._cluster.external_id else {}
        answer = self._own.ask(
            "sts", "assume_role", request=request, RoleArn=self._cluster.role, RoleSessionName=SESSION, **own_id
        )
        credentials = answer["Credentials"]
        keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        return AwsAccount(region=self._cluster.region, keys=keys)


class Tokens:
    """The token of the moment: one is made when there is none, or the last is nearly too old."""

    def __init__(self, make: Callable[[], str], clock: Callable[[], float]) -> None:
        self._make, self._clock = make, clock
        self._lock = threading.Lock()
        self._token, self._created_at = "", 0.0

    def current(self) -> str:
        with self._lock:
            now = self._clock()
            if not self._token or not 0 <= now - self._created_at < KEPT_SECONDS:
                self._token, self._created_at = self._make(), now
            return self._token
