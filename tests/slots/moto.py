"""The AWS of these tests: moto behind HTTP on loopback, one a process; a test has names of its own in it."""

from __future__ import annotations

import copy
import itertools
from collections import defaultdict
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs.models import Queue
from werkzeug.serving import make_server

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.definitions import create_bucket, create_table, tables
from sre_agent.settings import Settings, StateAccess

REGION = "us-east-1"
AGAIN_SECONDS = 0.2  # after which a long poll finds a message that is hidden no more
_numbers = itertools.count(1)
_lock = Lock()
_dispatch = DomainDispatcherApplication(create_backend_app)


@cache
def address() -> str:
    """Of the server, which is started with the first question and ends with the process."""
    server = make_server("127.0.0.1", 0, one_table_at_a_time, True, request_handler=MotoRequestHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"


def one_table_at_a_time(environ: dict[str, Any], begin: Any) -> Any:
    """moto takes a transaction back by putting the whole table back, and with it what others wrote meanwhile: requests
    of DynamoDB are answered one after the other."""
    is_of_a_table = str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("DynamoDB")
    with _lock if is_of_a_table else nullcontext():
        return _dispatch(environ, begin)


def _copy_for_taking_back(table: Table, _: object) -> Table:
    """What moto puts back where a transaction fails: the table with the items that the transaction may change in place
    copied, instead of a copy of each of its thousands."""
    twin = copy.copy(table)
    twin.items = defaultdict(
        dict, {key: dict(row) if isinstance(row, dict) else row for key, row in table.items.items()}
    )
    for key in _updates:
        own = {name: DynamoType(value) for name, value in key.items()}
        partition, place = own[table.hash_key_attr], own.get(table.range_key_attr or "")
        row = twin.items.get(partition)
        if isinstance(row, dict) and place in row:
            row[place] = copy.deepcopy(row[place])
        elif row is not None and not isinstance(row, dict):
            twin.items[partition] = copy.deepcopy(row)
    return twin


def _transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    _updates[:] = [one["Update"]["Key"] for one in transact_items if "Update" in one]
    _whole_transaction(backend, transact_items)


def _wait_for_a_message(queue: Queue, timeout: int) -> None:
    """moto itself returns at once while a message stands behind one that is in flight, and computes until a long poll
    is over."""
    with queue._messages_lock:
        queue._messages_lock.wait(min(timeout, AGAIN_SECONDS))


_updates: list[dict[str, Any]] = []  # keys of the transaction under way; there is one at a time
_whole_transaction = DynamoDBBackend.transact_write_items
Table.__deepcopy__ = _copy_for_taking_back
DynamoDBBackend.transact_write_items = _transact
Queue.wait_for_messages = _wait_for_a_message


def state_of_its_own(folder: Path, **settings: Any) -> StateAccess:
    """Settings under which nobody else has kept anything; of their tables and bucket, none is made."""
    prefix = f"t{next(_numbers)}"
    own: dict[str, Any] = {
        "state_dir": folder,
        "state_endpoint_url": address(),
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


def made(settings: StateAccess, *slots: str, bucket: bool = False) -> StateAccess:
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
def shared() -> StateAccess:
    """Settings whose tables and bucket are there, for who minds nobody else's items beside their own."""
    return made(state_of_its_own(Path("unused")), "checkpoint", "used_permits", bucket=True)
