"""The parts of an image's name. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageName:
    """`registry/path:tag@digest`; tag and digest are empty where it has none."""

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def of(cls, text: str) -> ImageName:
        rest, _, digest = text.partition("@")
        name, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:  # the port of a registry is no tag
            return cls(rest, "", digest)
        return cls(name, tag, digest)

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")
