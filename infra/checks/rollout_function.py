"""`python -m infra.checks.rollout_function [SOURCE] --function NAME`: a new version of a Lambda function, by canary.

The alias that callers use gives the new version 10 % of the calls for five minutes, then all of them. When the figures
of the new version alone ask for it, or whoever waits is interrupted, the alias returns to the version before. Exit
status 1 where the new version does not serve everybody in the end. Without SOURCE the new version is the function as it
is: what Terraform applied last.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3

from infra.checks.canary import CANARY_SECONDS, CANARY_SHARE, Figures, RolloutError, objection
from infra.checks.canary_metrics import canary_figures

Client = Any  # boto3 has no types
ALIAS: Final = "live"
EVERY_SECONDS: Final = 15.0
LONGEST: Final = timedelta(minutes=5)  # until a published version is ready
METRICS: Final = ("Invocations", "Sum"), ("Errors", "Sum"), ("Duration", "p95")
OF_ALL_TIMES: Final = (1980, 1, 1, 0, 0, 0)  # in the archive, so that the same source is the same code


@dataclass(frozen=True)
class FunctionRollout:
    """A function with the alias that its callers use. `wait` and `now` are the time that passes."""

    client: Client
    function: str
    alias: str = ALIAS
    wait: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self, code: bytes | None, figures: Callable[[str, datetime], Figures]) -> str:
        """The version that everybody is served by in the end. `code` is an archive, or None for the code that the
        function has; `figures` are those of a version since a time. Raises RolloutError, when the version before
        serves everybody again."""
        before = self._present()
        new = self._published(code)
        if new == before:
            return before
        self._route(before, {new: CANARY_SHARE})
        served = False
        try:
            begun = self.now()
            while self.now() < begun + timedelta(seconds=CANARY_SECONDS):
                self.wait(EVERY_SECONDS)
                if against := objection(figures(new, begun)):
                    raise RolloutError(against)
            self._route(new, {})
            served = True
        finally:
            if not served:
                self._route(before, {})
        return new

    def _present(self) -> str:
        """Raises RolloutError: another rollout is under way, or was left half-way."""
        alias = self.client.get_alias(FunctionName=self.function, Name=self.alias)
        if weights := alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
            raise RolloutError(f"{self.alias} already shares its calls with version {', '.join(weights)}")
        return str(alias["FunctionVersion"])

    def _published(self, code: bytes | None) -> str:
        """The new version, ready to be called. Lambda publishes none for code and configuration that it has."""
        if code is None:
            made = self.client.publish_version(FunctionName=self.function)
        else:
            made = self.client.update_function_code(FunctionName=self.function, ZipFile=code, Publish=True)
        version, since = str(made["Version"]), self.now()
        while self.now() < since + LONGEST:
            state = self.client.get_function_configuration(FunctionName=self.function, Qualifier=version)
            if state["State"] == "Active":
                return version
            if state["State"] == "Failed":
                raise RolloutError(
                    f"version {version} is not ready: {state.get('StateReason', 'Lambda gives no reason')}"
                )
            self.wait(EVERY_SECONDS)
        raise RolloutError(f"version {version} was not ready within {LONGEST}")

    def _route(self, version: str, others: dict[str, float]) -> None:
        config = {"AdditionalVersionWeights": others}
        names = {"FunctionName": self.function, "Name": self.alias}
        self.client.update_alias(**names, FunctionVersion=version, RoutingConfig=config)


def archive(source: Path) -> bytes:
    """The code of a function of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as content:
        entry = zipfile.ZipInfo(source.name, OF_ALL_TIMES)
        entry.external_attr = 0o644 << 16
        content.writestr(entry, source.read_bytes())
    return out.getvalue()


def measured(cloudwatch: Client, function: str, alias: str, version: str, since: datetime, until: datetime) -> Figures:
    """What Lambda counted of this version's calls by the alias; durations are in milliseconds there."""
    dimensions = {"FunctionName": function, "Resource": f"{function}:{alias}", "ExecutedVersion": version}
    return canary_figures(cloudwatch, "AWS/Lambda", dimensions, METRICS, since, until, units_per_second=1000)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks.rollout_function", description=__doc__)
    parser.add_argument("source", type=Path, nargs="?", help="the file with the function; without it, what it has")
    parser.add_argument("--function", required=True, help="name of the function")
    parser.add_argument("--alias", default=ALIAS, help=f"what callers call it by; {ALIAS} without it")
    options = parser.parse_args(arguments)
    cloudwatch = boto3.client("cloudwatch")
    rollout = FunctionRollout(boto3.client("lambda"), options.function, options.alias)
    try:
        version = rollout.run(
            archive(options.source) if options.source else None,
            lambda new, since: measured(cloudwatch, options.function, options.alias, new, since, datetime.now(UTC)),
        )
    except RolloutError as problem:
        print(f"Not rolled out: {problem}")
        return 1
    print(f"Everybody is served by version {version}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
