"""`python -m infra.checks.smoke URL`: is this a responder that works, and that strangers may not use?

It is asked what machines ask, and nothing is opened: an incident in staging would look at a real cluster.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Final

import httpx

EXPECTED: Final = {"/health": 200, "/ready": 200, "/incidents": 401, "/metrics": 401}  # without a token


def troubles(url: str) -> Iterator[str]:
    """What is not as it has to be, a sentence each."""
    with httpx.Client(base_url=url, timeout=20) as client:
        for path, status in EXPECTED.items():
            try:
                answer = client.get(path).status_code
            except httpx.HTTPError as problem:
                yield f"{path}: {problem!r}"
                continue
            if answer != status:
                yield f"{path} answers {answer}, not {status}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks.smoke", description=__doc__)
    parser.add_argument("url", help="https://HOST of the service")
    wrong = list(troubles(parser.parse_args(arguments).url))
    print("\n".join(wrong) or "it works, and asks for a token")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
