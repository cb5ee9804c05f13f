"""moto in a process of its own, so that its processor time can be told from that of those who ask it.

`python -m tests.storm.emulator SHARE` prints its address, runs until its input ends, and then prints how many requests
of each operation it had. It throttles this share of what is asked of tables and queues.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.storm.run import processor_seconds

BUSY: Final = {
    "DynamoDB_20120810": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "AmazonSQS": "com.amazonaws.sqs#RequestThrottled",
}
THROTTLED: Final = "throttled"


@dataclass
class Emulator:
    """`requests` are known when it has ended: by operation, and how many it throttled."""

    address: str
    pid: int
    requests: dict[str, int] = field(default_factory=dict)

    def spent(self) -> float:
        """Seconds of processor time until now."""
        return processor_seconds(self.pid)


@contextmanager
def emulator(throttled: float = 0.0) -> Iterator[Emulator]:
    command = [sys.executable, "-m", "tests.storm.emulator", str(throttled)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        one = Emulator(process.stdout.readline().strip(), process.pid)
        try:
            yield one
        finally:
            process.stdin.close()
            one.requests = json.loads(process.stdout.readline())
            process.wait(30)


class CountedRequests:
    """A WSGI application before another one: counts, and throttles by chance."""

    def __init__(self, application: Any, throttled: float) -> None:
        self._application, self._throttled = application, throttled
        self._chance = random.Random(7)
        self.counts = Counter[str]()

    def __call__(self, environ: dict[str, Any], begin: Any) -> Any:
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        self.counts[target or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO'].split('/')[1]}"] += 1
        problem = BUSY.get(target.partition(".")[0])
        if problem is None or self._chance.random() >= self._throttled:
            return self._application(environ, begin)
        self.counts[THROTTLED] += 1
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = json.dumps({"__type": problem, "message": "Slow down."}).encode()
        begin("400 Bad Request", [("content-type", "application/x-amz-json-1.0"), ("content-length", str(len(body)))])
        return [body]


def main() -> None:
    from tests.slots import moto

    requests = CountedRequests(moto.answer, float(sys.argv[1]))
    print(moto.address(requests), flush=True)
    sys.stdin.read()
    print(json.dumps(requests.counts), flush=True)
    os._exit(0)  # to free what a storm left in its tables one by one takes longer than a minute


if __name__ == "__main__":
    main()
