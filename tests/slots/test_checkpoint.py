"""What a checkpoint row may hold: what runs write. All else is refused, and nothing that it names is run."""

from __future__ import annotations

import importlib
import json
import pickle
import pkgutil
import random
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt, Send
from pydantic import BaseModel

from sre_agent import checkpoint
from sre_agent.checkpoint.serializer import ClosedSerializer
from sre_agent.errors import CheckpointError, LeaseLostError
from sre_agent.settings import StateSettings
from tests.slots import moto

pytestmark = pytest.mark.anyio
SHARED = {"serializer", "fence", "packed_writes"}  # what all savers are made with
SAVERS = [module.name for module in pkgutil.iter_modules(checkpoint.__path__) if module.name not in SHARED]
RUN: Any = {"configurable": {"thread_id": "inc-1", "checkpoint_ns": ""}}


class Touched(BaseModel):
    """A class that leaves a trace where it is built."""

    path: str

    def model_post_init(self, _: Any) -> None:
        Path(self.path).touch()


class _Reduced:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self._path,)


def ext(code: int, *parts: Any) -> bytes:
    return ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(parts)))


def hostile(trace: Path, module: str) -> dict[str, tuple[str, bytes]]:
    """A row of each kind that LangGraph's serializers know, which leaves `trace` or imports `module` where it is built
    from what it names; and rows that are merely none of a run."""
    path, here, class_name = str(trace), __name__, Touched.__name__
    shell = f"touch {path}"
    lc = {"lc": 2, "type": "constructor", "id": ["os", "system"], "args": [shell]}
    old = {"lc": 1, "type": "constructor", "id": ["langchain_core", "load", "load", "Reviver"], "kwargs": {}}
    deep = b"\x91" * 100_000 + b"\xc0"
    system_call = ormsgpack.Ext(0, ormsgpack.packb(("os", "system", shell)))
    inside = ormsgpack.packb(("langgraph.types", "Send", ["kubernetes", system_call]))
    return {
        "constructor of one argument": ("msgpack", ext(0, "os", "system", shell)),
        "constructor of arguments": ("msgpack", ext(1, "os", "system", [shell])),
        "constructor of keywords": ("msgpack", ext(2, here, class_name, {"path": path})),
        "method": ("msgpack", ext(3, "pathlib", "Path", path, "touch")),
        "pydantic 1": ("msgpack", ext(4, here, class_name, {"path": path})),
        "pydantic 2": ("msgpack", ext(5, here, class_name, {"path": path}, "model_validate_json")),
        "array": ("msgpack", ext(6, "|O", [1], "C", b"x" * 8)),
        "snapshot": ("msgpack", ormsgpack.packb(ormsgpack.Ext(7, ext(0, "os", "system", shell)))),
        "a kind that nobody knows": ("msgpack", ext(77, "os", "system", shell)),
        "only an import": ("msgpack", ext(0, module, "nothing", 1)),
        "inside another": ("msgpack", ormsgpack.packb(ormsgpack.Ext(1, inside))),
        "inside a dictionary": ("msgpack", ormsgpack.packb({"channel_values": {"messages": system_call}})),
        "a harmless type that no run writes": ("msgpack", JsonPlusSerializer().dumps_typed({1, 2})[1]),
        "another class of a module that is known": ("msgpack", ext(1, "langgraph.types", "Command", [])),
        "a message as something else": ("msgpack", ext(1, "langchain_core.messages.ai", "AIMessage", ["x"])),
        "a message that is none": ("msgpack", ext(5, "langchain_core.messages.ai", "AIMessage", {"content": 1}, "")),
        "json": ("json", json.dumps(lc).encode()),
        "json of old": ("json", json.dumps(old).encode()),
        "pickle": ("pickle", pickle.dumps(_Reduced(trace))),
        "bytes": ("bytes", b"x"),
        "too deep": ("msgpack", deep),
        "cut off": ("msgpack", b"\xdc"),
        "no dictionary": ("msgpack", ormsgpack.packb([1])),
        "a dictionary of another form": ("msgpack", ormsgpack.packb({"v": 4, "id": "1", "channel_values": []})),
    }


KINDS = list(hostile(Path("unused"), "unused"))
ALONE = [kind for kind in KINDS if "dictionary" not in kind]  # a value that is wrong wherever it stands


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a sentinel would stand, and a module beside it that leaves it when it is imported."""
    path = tmp_path / "it-ran"
    (tmp_path / "planted_module.py").write_text(f"open({str(path)!r}, 'w').close()")
    monkeypatch.syspath_prepend(tmp_path)
    return path


def open_saver(name: str, folder: Path) -> AbstractAsyncContextManager[Any]:
    module = importlib.import_module(f"sre_agent.checkpoint.{name}")
    settings = moto.shared_place() if name == "dynamodb" else StateSettings(state_dir=folder)
    checkpointer: AbstractAsyncContextManager[Any] = module.from_settings(settings)
    return checkpointer


async def plant(folder: Path, sql: str, *values: Any) -> None:
    """A run with one step and one write of it, and then a row changed by somebody else."""
    async with open_saver("sqlite", folder) as saver:
        config = await saver.aput(RUN, empty_checkpoint(), {"step": 0, "source": "loop"}, {})
        await saver.aput_writes(config, [("messages", "said")], "task")
    with closing(sqlite3.connect(folder / "checkpoints.sqlite")) as rows, rows:
        assert rows.execute(sql, values).rowcount == 1


def planted_items(saver: Any, kind: str, row: tuple[str, bytes]) -> None:
    """The same in a table: `kind` is how the library's partition keys begin, the latest of which is changed."""
    client, table = saver._saver.client, moto.shared_place().checkpoint_table
    items = [item for item in client.scan(TableName=table)["Items"] if item["PK"]["S"].startswith(kind)]
    latest = max(items, key=lambda item: item["PK"]["S"] + item["SK"]["S"])
    payload = {"PK": latest["ref_key"], "SK": {"S": "CHUNK"}, "payload": {"B": row[1]}}
    client.put_item(
        TableName=table, Item={k: v for k, v in latest.items() if k != "compression"} | {"type": {"S": row[0]}}
    )
    client.put_item(TableName=table, Item=payload)


def ran(trace: Path) -> bool:
    return trace.exists() or "planted_module" in sys.modules


async def expect_refusal(folder: Path, trace: Path) -> None:
    async with open_saver("sqlite", folder) as saver:
        with pytest.raises(
            CheckpointError, match=r"^The checkpoint of incident inc-1 cannot be trusted \(.*\), so nothing"
        ):
            await saver.aget_tuple(RUN)
    assert not ran(trace)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_checkpoint_that_names_what_no_run_writes_is_refused_and_nothing_runs(
    kind: str, tmp_path: Path, trace: Path
) -> None:
    row = hostile(trace, "planted_module")[kind]
    await plant(tmp_path, "UPDATE checkpoints SET type = ?, checkpoint = ?", *row)
    await expect_refusal(tmp_path, trace)


@pytest.mark.parametrize("kind", ALONE)
async def test_a_write_that_names_what_no_run_writes_is_refused_and_nothing_runs(
    kind: str, tmp_path: Path, trace: Path
) -> None:
    row = hostile(trace, "planted_module")[kind]
    await plant(tmp_path, "UPDATE writes SET type = ?, value = ?", *row)
    await expect_refusal(tmp_path, trace)


@pytest.mark.parametrize("kind", ["constructor of one argument", "json", "pickle", "too deep"])
async def test_metadata_of_a_step_are_data_whatever_they_say(kind: str, tmp_path: Path, trace: Path) -> None:
    body = hostile(trace, "planted_module")[kind][1]
    await plant(tmp_path, "UPDATE checkpoints SET metadata = ?", body)
    if kind != "json":  # which is a dictionary, and stays one
        return await expect_refusal(tmp_path, trace)
    async with open_saver("sqlite", tmp_path) as saver:
        assert (await saver.aget_tuple(RUN)).metadata["id"] == ["os", "system"]
    assert not ran(trace)


@pytest.mark.parametrize("column", ["type", "checkpoint", "metadata"])
@pytest.mark.parametrize("value", [5, "words", b"\xff\xfe", "[]", "null"])
async def test_a_column_of_another_form_is_refused_in_words(column: str, value: Any, tmp_path: Path) -> None:
    await plant(tmp_path, f"UPDATE checkpoints SET {column} = ?", value)
    await expect_refusal(tmp_path, tmp_path / "none")


@pytest.mark.parametrize("changed", ["CHECKPOINT_", "WRITES_"])
@pytest.mark.parametrize("kind", ["constructor of one argument", "pydantic 2", "json", "pickle", "cut off"])
async def test_an_item_that_names_what_no_run_writes_is_refused_too(
    kind: str, changed: str, tmp_path: Path, trace: Path
) -> None:
    async with open_saver("dynamodb", tmp_path) as saver:
        config = await saver.aput(RUN, empty_checkpoint(), {"step": 0, "source": "loop"}, {})
        await saver.aput_writes(config, [("messages", "said")], "task")
        planted_items(saver, changed, hostile(trace, "planted_module")[kind])
        with pytest.raises(CheckpointError, match="cannot be trusted"):
            await saver.aget_tuple(RUN)
    assert not ran(trace)


@pytest.mark.parametrize("name", SAVERS)
async def test_every_saver_writes_for_the_latest_writer_only(name: str, tmp_path: Path) -> None:
    async def is_latest(incident: str, epoch: int) -> bool:
        return epoch == 2

    async with open_saver(name, tmp_path) as saver:
        saver.fence = is_latest
        late, latest = ({"configurable": RUN["configurable"] | {"epoch": epoch}} for epoch in (1, 2))
        config = await saver.aput(latest, empty_checkpoint(), {"step": 0}, {})
        steps = config["configurable"]
        with pytest.raises(LeaseLostError):
            await saver.aput(late, empty_checkpoint(), {"step": 1}, {})
        with pytest.raises(LeaseLostError):
            await saver.aput_writes({"configurable": steps | {"epoch": 1}}, [("messages", "late")], "task")
        latest_step = await saver.aget_tuple(RUN)
        assert latest_step.checkpoint["id"] == steps["checkpoint_id"] and not latest_step.pending_writes


@pytest.mark.parametrize("name", SAVERS)
async def test_every_saver_keeps_to_the_conformance_suite_of_langgraph(name: str, tmp_path: Path) -> None:
    async with open_saver(name, tmp_path) as saver:

        @checkpointer_test(name=name)
        async def this_one() -> AsyncGenerator[Any, None]:
            yield saver

        report = await validate(this_one)
    failures = {what: result.failures for what, result in report.results.items() if result.failures}
    assert not failures and report.passed_all_base()


async def test_a_state_larger_than_an_item_lies_in_the_bucket_and_goes_with_its_incident(tmp_path: Path) -> None:
    large = RUN | {"configurable": {"thread_id": "inc-large", "checkpoint_ns": ""}}
    state = empty_checkpoint() | {"channel_values": {"data": random.Random(16).randbytes(600_000).hex()}}
    bucket = {"Bucket": moto.shared_place().state_bucket, "Prefix": "checkpoints/inc-large/"}
    async with open_saver("dynamodb", tmp_path) as saver:
        await saver.aput(large, state, {"step": 0, "source": "loop"}, {})
        objects = saver._saver.storage.s3_client
        assert objects.list_objects_v2(**bucket)["KeyCount"] == 1
        assert (await saver.aget_tuple(large)).checkpoint["channel_values"] == state["channel_values"]
        await saver.adelete_thread("inc-large")
        assert objects.list_objects_v2(**bucket)["KeyCount"] == 0 and await saver.aget_tuple(large) is None


def test_the_same_rows_run_code_in_the_serializer_of_the_library(trace: Path) -> None:
    """So that the rows above are what they say: the day the library refuses them too, this test says so."""
    kind, row = hostile(trace, "planted_module")["constructor of one argument"]
    JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed((kind, row))
    assert trace.exists()


@pytest.mark.parametrize("name", SAVERS)
async def test_every_saver_reads_through_the_closed_list(name: str, tmp_path: Path) -> None:
    async with open_saver(name, tmp_path) as saver:
        assert isinstance(saver.serde, ClosedSerializer)
        assert isinstance(saver.with_allowlist([("os", "system")]).serde, ClosedSerializer)


OURS = ClosedSerializer
VALUES: dict[str, Any] = {
    "plain": {"a": [1, 2.5, None, True, "ü", {"b": []}]},
    "nothing": None,
    "a question to a specialist": [Send("kubernetes", {"incident_id": "inc-1", "requests": [{"tool": "get"}]})],
    "an interrupt": [Interrupt(value={"kind": "wait", "until": "2026"}, id="i-1")],
    "messages": [AIMessage(content="said", id="report-inc-1"), HumanMessage(content="asked", id="h")],
}


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize(
    ("writes", "reads"),
    [
        (ClosedSerializer, ClosedSerializer),
        (JsonPlusSerializer, ClosedSerializer),
        (ClosedSerializer, JsonPlusSerializer),
    ],
    ids=["ours", "of an older version", "by an older version"],
)
def test_what_a_run_writes_comes_back(what: str, writes: Callable[[], Any], reads: Callable[[], Any]) -> None:
    assert reads().loads_typed(writes().dumps_typed(VALUES[what])) == VALUES[what]


@pytest.mark.parametrize("value", [{1, 2}, Path("x"), Send("a", {"deep": {1}}), object])
def test_what_could_not_be_read_again_is_not_written(value: Any) -> None:
    with pytest.raises((TypeError, ormsgpack.MsgpackEncodeError)):
        ClosedSerializer().dumps_typed({"channel": value})


async def test_who_takes_an_incident_over_reads_the_steps_as_they_were_last_written(tmp_path: Path) -> None:
    reads: list[Any] = []
    async with open_saver("dynamodb", tmp_path) as saver:
        events = saver._saver.client.meta.events
        for operation in ("GetItem", "Query"):
            events.register(f"before-call.dynamodb.{operation}", lambda params, **_: reads.append(params["body"]))
        step = await saver.aput(RUN, empty_checkpoint(), {"step": 0, "source": "loop"}, {})
        await saver.aput_writes(step, [("messages", "said")], "task")
        for config in (RUN, step):
            await saver.aget_tuple(config)
    assert len(reads) > 4 and all(json.loads(body).get("ConsistentRead") is True for body in reads)


class KilledError(Exception):
    pass


@pytest.mark.parametrize("requests", range(3))
async def test_of_a_task_whose_process_dies_while_it_is_stored_all_is_there_or_nothing(
    requests: int, tmp_path: Path
) -> None:
    """LangGraph repeats a task of which nothing is there, and never one of which there is something."""
    writes = [("notes", ["a"]), ("messages", "x" * 10_000), ("branch:to:next", None)]
    done = 0

    def die(**_: Any) -> None:
        nonlocal done
        if done == requests:
            raise KilledError
        done += 1

    async with open_saver("dynamodb", tmp_path) as saver:
        config = await saver.aput(RUN, empty_checkpoint(), {"step": 0, "source": "loop"}, {})
        events = saver._saver.client.meta.events
        events.register("before-call.dynamodb.PutItem", die)
        has_died = False
        try:
            await saver.aput_writes(config, writes, "task")
        except KilledError:
            has_died = True
        events.unregister("before-call.dynamodb.PutItem", die)
        left = [one[1:] for one in (await saver.aget_tuple(config)).pending_writes]
        assert left == ([] if has_died else writes)
        await saver.aput_writes(config, writes, "task")
        assert (await saver.aget_tuple(config)).pending_writes == [("task", *one) for one in writes]
