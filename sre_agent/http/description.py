"""The OpenAPI description, in which every operation declares the problems it may answer with.

They are added to the document when it is asked for. Declared with the app, each status of each address would become a
model of its own, at the first request of every process.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from sre_agent.http.problems import MEDIA_TYPE, STATUSES, TITLES, Problem

SCHEMAS: Final = "#/components/schemas/"
UNUSED: Final = ("HTTPValidationError", "ValidationError")  # FastAPI's own 422, in whose place is a problem


class DescribedApp(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = _with_problems(super().openapi())
        return self.openapi_schema


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in UNUSED:
        schemas.pop(name, None)
    schemas[Problem.__name__] = Problem.model_json_schema()
    for operations in document["paths"].values():
        for operation in operations.values():
            _declare(operation["responses"])
    return document


def _declare(responses: dict[str, Any]) -> None:
    if UNUSED[0] in str(responses.get("422")):
        del responses["422"]
    for status in STATUSES:
        content = {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}{Problem.__name__}"}}}
        responses.setdefault(str(status), {"description": TITLES[status][1], "content": content})
