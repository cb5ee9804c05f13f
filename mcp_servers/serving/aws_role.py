"""A role as a server's options name it; what assumes it is loaded with botocore."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """`external_id` is what the account's owner asks for, empty where nothing is."""

    arn: str
    external_id: str = ""
