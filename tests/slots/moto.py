"""The AWS of these tests: moto behind HTTP on loopback, one a process; a test has names of its own in it."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.definitions import create_bucket, create_table, tables
from sre_agent.errors import SettingsError
from sre_agent.settings import Settings, StateAccess
from sre_lab.aws import moto_queues as moto_queues
from sre_lab.aws import moto_tables

REGION = "us-east-1"
_numbers = itertools.count(1)
_dispatch = DomainDispatcherApplication(create_backend_app)


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]
    """One connection for many requests, and no line for each."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...


def answer(environ: dict[str, Any], begin: Any) -> Any:
    with moto_tables.turn(environ):
        return _dispatch(environ, begin)


@cache
def address(application: Any = answer) -> str:
    """Of the server, which is started with the first question and ends with the process."""
    server = make_server("127.0.0.1", 0, application, True, request_handler=QuietHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"


def state_of_its_own(folder: Path, **settings: Any) -> StateAccess:
    """Settings under which nobody else has kept anything; of their tables and bucket, none is made."""
    prefix = f"t{next(_numbers)}"
    own: dict[str, Any] = {
        "state_dir": folder,
        "state_endpoint_url": settings.get("state_endpoint_url") or address(),
        "state_region": REGION,
        "store_table": f"{prefix}-store",
        "checkpoint_table": f"{prefix}-checkpoints",
        "used_permits_table": f"{prefix}-used",
        "state_bucket": f"{prefix}-bucket",
        "record_secret": f"{prefix}/record-key",
        "permit_secret": f"{prefix}/permit-keys",
        "schedule_group": f"{prefix}-schedules",
    }
    return Settings(**own | settings).state_access


def make_slots(settings: StateAccess, *slots: str, bucket: bool = False) -> StateAccess:
    """The same settings, once the tables of these slots (and the bucket) are there."""
    services = AwsServices(settings)
    there = tables(settings)
    for slot in slots:
        create_table(services, there[slot])
    if bucket:
        create_bucket(services, settings.state_bucket)
    services.close()
    return settings


@cache
def _shared_names() -> StateAccess:
    return state_of_its_own(Path("unused"))


def shared_place() -> StateAccess:
    """Settings whose tables and bucket are there, for who minds nobody else's items beside their own. A world of the
    lab empties moto when it begins in the same process: then they are made again."""
    settings = _shared_names()
    services = AwsServices(settings)
    try:
        services.ask("s3", "head_bucket", Bucket=settings.state_bucket)
    except SettingsError:
        make_slots(settings, "checkpoint", "used_permits", bucket=True)
    finally:
        services.close()
    return settings
