"""An EKS cluster: where its API server is, told by AWS, and the token by which it knows an AWS identity.

The token is a request to STS that was signed and not sent. The API server sends it, learns who signed, and lets in
whom an access entry or the ConfigMap aws-auth names.
"""

from __future__ import annotations

import argparse
import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import BotoCoreError
from kubernetes.client import ApiClient, Configuration

from mcp_servers.kit.aws import Account
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kubernetes.connecting import pooled

PREFIX: Final = "k8s-aws-v1."
HEADER: Final = "x-k8s-aws-id"
URL_SECONDS: Final = 60  # what EKS asks for; the token itself is taken for 15 minutes
KEPT_SECONDS: Final = 13 * 60
SESSION: Final = "sre-agent"  # as CloudTrail shows who assumed the role


@dataclass(frozen=True)
class EksCluster:
    """`name` is what tools, facts and permits call it; `role` is assumed for it, empty where none is."""

    name: str
    region: str
    cluster: str
    role: str = ""

    @classmethod
    def parse(cls, text: str) -> EksCluster:
        """From `NAME=REGION/CLUSTER[,role=ARN]`; ArgumentTypeError for anything else."""
        name, _, rest = text.partition("=")
        place, *more = rest.split(",")
        region, _, cluster = place.partition("/")
        given = dict(option.split("=", 1) for option in more if "=" in option)
        if not (name and region and cluster) or len(given) < len(more) or given.keys() - {"role"}:
            raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=REGION/CLUSTER[,role=ARN]")
        return cls(name, region, cluster, given.get("role", ""))

    def connect(self, clock: Callable[[], float] = time.time) -> ApiClient:
        """A client whose token is renewed in time by `clock`, in seconds of the wall clock,
        which alone goes on while a machine sleeps. Raises TeachingError."""
        asked = f"EKS cluster {self.cluster} in {self.region}"
        told = self._account().ask("eks", "describe_cluster", asked=asked, name=self.cluster)["cluster"]
        if not told.get("endpoint"):
            wrong = f"it has no API server yet, its status is {told.get('status')}."
            raise TeachingError("unavailable", asked, wrong, "Ask again when it is ACTIVE.")
        configuration = Configuration(host=told["endpoint"])
        if authority := (told.get("certificateAuthority") or {}).get("data"):
            configuration.ca_cert_data = base64.b64decode(authority).decode()
        tokens = Tokens(self.token, clock)

        def renew(asking: Any) -> None:
            asking.api_key["BearerToken"] = f"Bearer {tokens.current()}"

        renew(configuration)
        configuration.refresh_api_key_hook = renew
        return pooled(ApiClient(configuration))

    def token(self) -> str:
        """A new bearer token. Only an assumed role needs a request for it."""
        client = self._account().session.client("sts", region_name=self.region)
        client.meta.events.register("before-sign.sts.GetCallerIdentity", self._name_cluster)
        try:
            url = client.generate_presigned_url("get_caller_identity", ExpiresIn=URL_SECONDS, HttpMethod="GET")
        except BotoCoreError as problem:
            to_do = "Give the server AWS credentials: AWS_* environment or a role."
            raise TeachingError("denied", f"a token for EKS cluster {self.cluster}", str(problem), to_do) from problem
        return PREFIX + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()

    def _name_cluster(self, request: Any, **_: Any) -> None:
        request.headers[HEADER] = self.cluster  # signed with the rest: good for no other cluster

    @cached_property
    def _own(self) -> Account:
        return Account(region=self.region)

    def _account(self) -> Account:
        """The account as the role that is assumed, else as the server's own identity."""
        if not self.role:
            return self._own
        asked = f"the role {self.role} for EKS cluster {self.cluster}"
        answer = self._own.ask("sts", "assume_role", asked=asked, RoleArn=self.role, RoleSessionName=SESSION)
        told = answer["Credentials"]
        keys = (told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"])
        return Account(region=self.region, keys=keys)


class Tokens:
    """The token of the moment: one is made when there is none, or the last is nearly too old."""

    def __init__(self, make: Callable[[], str], clock: Callable[[], float]) -> None:
        self._make, self._clock = make, clock
        self._lock = threading.Lock()
        self._token, self._made = "", 0.0

    def current(self) -> str:
        with self._lock:
            now = self._clock()
            if not self._token or not 0 <= now - self._made < KEPT_SECONDS:
                self._token, self._made = self._make(), now
            return self._token
