"""Lines that belong together."""

from __future__ import annotations

import pytest

from mcp_servers.signals.logs.records import join

CHAINED = """Traceback (most recent call last):
  File "/app/store.py", line 9, in get
    return self.rows[key]
KeyError: 'a-7'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 31, in order
    row = store.get(key)
shop.OrderError: no such order"""
LOGGED = """2026-03-01 11:30:00,123 ERROR order failed
Traceback (most recent call last):
  File "/app/main.py", line 31, in order
    row = store.get(key)
shop.OrderError: no such order"""
NODE = """TypeError: Cannot read properties of undefined (reading 'id')
    at order (/app/index.js:7:19)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"""
RUST = """thread 'main' panicked at src/main.rs:4:5:
   0: std::panicking::begin_panic
   1: shop::order"""
PRETTY = """{
  "level": "error",
  "msg": "no stock",
  "item": {
    "id": 7
  }
}"""


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (CHAINED, "shop.OrderError: no such order"),
        (LOGGED, "2026-03-01 11:30:00,123 ERROR order failed"),
        (NODE, "TypeError: Cannot read properties of undefined (reading 'id')"),
        (RUST, "thread 'main' panicked at src/main.rs:4:5:"),
    ],
)
def test_a_stack_trace_between_plain_lines_is_one_record(text: str, head: str) -> None:
    lines = ["INFO before", *text.splitlines(), "INFO after"]
    before, trace, after = join((i / 100, "web-1", line) for i, line in enumerate(lines))
    assert (before.text, trace.text, after.text) == ("INFO before", text, "INFO after")
    assert trace.head == head and trace.traced and not before.traced


def test_a_trace_that_came_as_one_event_is_the_same_record() -> None:
    [record] = join([(0.0, "web-1", CHAINED)])
    assert record.head == "shop.OrderError: no such order" and record.traced
    assert record.headed_text.splitlines()[0] == record.head


def test_json_over_several_lines_is_one_record_and_its_head_is_all_of_it() -> None:
    lines = [*PRETTY.splitlines(), "INFO after"]
    record, after = join((i / 100, "web-1", line) for i, line in enumerate(lines))
    assert record.text == PRETTY and '"msg": "no stock"' in record.head and after.text == "INFO after"


def test_lines_of_other_streams_and_of_later_times_are_not_joined() -> None:
    records = join(
        [
            (0.0, "a", "ERROR one"),
            (0.1, "b", "ERROR two"),
            (0.2, "a", "    at one (a.js:1:1)"),
            (0.3, "b", "    at two (b.js:1:1)"),
            (60.0, "a", "    at nowhere (c.js:1:1)"),
        ]
    )
    assert [len(record.lines) for record in records] == [2, 2, 1]
    assert records[0].lines[1].endswith("(a.js:1:1)")


def test_a_container_runtime_s_frame_is_taken_off() -> None:
    frames = ["2026-03-01T11:30:00.1Z stderr F ValueError: bad", "2026-03-01T11:30:00.2Z stderr F     at x (a.js:1:1)"]
    [record] = join((i / 10, "web-1", line) for i, line in enumerate(frames))
    assert record.lines == ["ValueError: bad", "    at x (a.js:1:1)"]
