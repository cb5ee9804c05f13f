"""Clients of the AWS services that keep the state: made once, asked from threads of their own, errors as ours.

A service that throttles is asked again with growing pauses, and then it is a TemporaryError: what was to be written is
still to be written, and who asked decides when. Nothing is loaded or sent before the first question.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from sre_agent.settings import StateAccess

T = TypeVar("T")
CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 25  # above the 20 s for which SQS keeps a long poll open
ATTEMPTS: Final = 6  # of one request, with pauses up to 20 s: about the time that a table takes to double its capacity
THREADS: Final = 32  # requests at a time; the loop's own threads are for models and tools


class AwsServices:
    """Thread-safe. `call` for who runs in an event loop, `ask` for who does not."""

    def __init__(self, settings: StateAccess) -> None:
        self._endpoint, self._region = settings.state_endpoint_url, settings.state_region
        self._profile, self._kms_key = settings.state_aws_profile, settings.state_kms_key
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")

    @property
    def session(self) -> Any:
        """The boto3 Session behind the clients, for libraries that make their own. Raises SettingsError."""
        with self._lock:
            return self._open_session()

    def client(self, service: str, region: str = "") -> Any:
        """The boto3 client, of another region than the state's where one is given. Raises SettingsError where no region
        or profile is."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._open(service, region)
            return self._clients[service, region]

    def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """The answer of one operation, named as boto3 names its methods.

        Raises ConditionFailedError where a condition of the request does not hold, TemporaryError where asking again
        may help, SettingsError where a right, a credential or a resource is missing, else PermanentError.
        """
        return self.ask_in("", service, operation, **params)

    def ask_in(self, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """As `ask`, in this region; empty: the state's."""
        answer: dict[str, Any] = self._with_our_errors(getattr(self.client(service, region), operation), **params)
        return answer

    def pages(self, service: str, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every answer of an operation that lists page by page; each is asked for when it is needed. Raises what `ask`
        raises, at any page."""
        pages = iter(self._with_our_errors(self.client(service).get_paginator(operation).paginate, **params))
        while (page := self._with_our_errors(next, pages, None)) is not None:
            yield page

    def transfer(self, method: str, *arguments: object) -> None:
        """`upload_fileobj(file, bucket, key, extra)` or `download_fileobj(bucket, key, file)` of S3, in parts where it
        is large. Raises what `ask` raises."""
        self._with_our_errors(getattr(self.client("s3"), method), *arguments)

    async def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """As `ask`, without holding up the event loop. One that is cancelled may still have been carried out."""
        return await self.run(partial(self.ask, service, operation, **params))

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """A function that asks AWS, on these threads and with the errors of `ask`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(self._with_our_errors, function, *arguments))

    def encrypt(self, s3: Any) -> None:
        """From now on, what this S3 client stores is encrypted with the key that the settings name."""
        if self._kms_key:
            s3.meta.events.register("provide-client-params.s3.PutObject", self._with_key)

    def close(self) -> None:
        """Its threads end with what they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _with_our_errors(self, function: Callable[..., T], *arguments: Any, **params: Any) -> T:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from sre_agent.aws_services.failures import as_ours  # noqa: PLC0415 - botocore

        try:
            return function(*arguments, **params)
        except (BotoCoreError, ClientError) as problem:
            raise as_ours(problem) from problem

    def _open(self, service: str, region: str) -> Any:
        client = self._with_our_errors(
            self._open_session().client,
            service,
            region_name=region or None,
            endpoint_url=self._endpoint or None,
            config=configuration(),
        )
        if service == "s3":
            self.encrypt(client)
        return client

    def _open_session(self) -> Any:
        import boto3  # noqa: PLC0415 - a tenth of a second, which who keeps its state here never pays

        if self._session is None:
            region = self._region or os.environ.get("AWS_REGION") or None  # which botocore does not read
            self._session = self._with_our_errors(boto3.Session, profile_name=self._profile or None, region_name=region)
        return self._session

    def _with_key(self, params: dict[str, Any], **_: Any) -> None:
        params |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._kms_key}


def configuration() -> Any:
    """How long a service is waited for and how often it is asked, as botocore's Config."""
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=THREADS,
    )
