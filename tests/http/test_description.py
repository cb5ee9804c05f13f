"""Requests made from the OpenAPI description: none ends in a server's error or in an answer that it does not declare.

Half of them fit the description and half do not. Streams without an end are left out: nothing would end the test.
"""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from sre_agent.domain.base import IncidentId
from tests.http.conftest import NOON, Site

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("settings", [{"requests_per_minute": 10**9, "body_kilobytes": 64}], indirect=True),
]
STREAMS = ("/events", "/incidents/{incident_id}/events")
ROLE = {"/alarms/{source}": "s3cret-of-pager"}  # whose token is sent; elsewhere that of an admin


async def test_no_request_of_the_description_ends_in_an_answer_that_it_does_not_declare(site: Site) -> None:
    await _check_description(site, 3)


async def test_each_operation_declares_its_problems_in_the_form_in_which_they_come(site: Site) -> None:
    document = (await site.http.get("/openapi.json")).json()
    absent = await site.ask("GET", "/incidents/nobody-knows-it")
    media_type = absent.headers["content-type"]
    assert set(absent.json()) == set(document["components"]["schemas"]["Problem"]["properties"])
    for operations in document["paths"].values():
        for operation in operations.values():
            (reference,) = operation["responses"]["404"]["content"][media_type]["schema"].values()
            assert reference == "#/components/schemas/Problem"


@pytest.mark.long
async def test_no_request_of_many_ends_in_an_answer_that_the_description_does_not_declare(site: Site) -> None:
    await _check_description(site, 150)


async def _check_description(site: Site, examples: int) -> None:
    document = (await site.http.get("/openapi.json")).json()
    path_values = {"incident_id": await site.open(), "session": "a-session", "source": "pager"}
    await site.ask("POST", "/sessions/a-session/messages", json={"text": "is shop healthy"})
    path_values["sweep_id"] = (await site.ask("POST", "/sweeps", json={})).json()["task_id"]
    path_values["message_id"] = (await site.store.messages())[0].message.dedup
    epoch = await site.store.lease(IncidentId(path_values["incident_id"]), "a worker", NOON, 60)
    assert epoch is not None
    await site.store.update(IncidentId(path_values["incident_id"]), epoch, question="q-1", question_digest="d-1")
    loop = asyncio.get_running_loop()
    failures = await asyncio.to_thread(_try_all, document, path_values, site, loop, examples)
    assert failures == []


def _try_all(
    document: dict[str, Any], path_values: dict[str, str], site: Site, loop: asyncio.AbstractEventLoop, examples: int
) -> list[str]:
    """What was wrong, by operation. hypothesis wants a thread of its own; the app answers on the test's loop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        import schemathesis
        from schemathesis import GenerationMode
        from schemathesis.core.failures import FailureGroup
        from schemathesis.core.transport import Response
        from schemathesis.specs.openapi import checks

    response_checks = [
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    problems: list[str] = []
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # it reads what FastAPI writes
        if operation.path in STREAMS:
            continue
        modes = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        def attempt(case: Any, there: bool) -> None:
            if there:
                case.path_parameters = {**case.path_parameters, **path_values} if case.path_parameters else {}
            request = case.as_transport_kwargs(base_url="http://sre-agent.test")
            role = ROLE.get(case.operation.path, "admin")
            own = {
                name: value for name, value in dict(request.get("headers") or {}).items() if "auth" not in name.lower()
            }
            headers = {**own, "authorization": f"Bearer {role}"}
            answer = asyncio.run_coroutine_threadsafe(_send(site.http, request, headers), loop).result(60)
            if answer is None:
                return
            summary = f"{case.operation.label} {request}: {answer.status_code} {answer.text[:300]}"
            if answer.status_code >= 500 and answer.status_code != 503:
                problems.append(summary)
                return
            try:
                case.validate_response(Response.from_httpx(answer, verify=True), checks=response_checks)
            except FailureGroup as group:
                problems.append(f"{summary}: {[str(one) for one in group.exceptions]}")

        quiet = hypothesis.settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        quiet(hypothesis.given(case=modes, there=st.booleans())(attempt))()
    return problems


async def _send(http: httpx.AsyncClient, request: dict[str, Any], headers: dict[str, Any]) -> httpx.Response | None:
    fields: dict[str, Any] = {
        name: request[name] for name in ("method", "url", "params", "json", "data") if name in request
    }
    if isinstance(fields.get("data"), bytes | str):
        fields["content"] = fields.pop("data")
    try:
        return await http.request(**fields, headers=headers)
    except (httpx.InvalidURL, UnicodeEncodeError, ValueError):  # no client can send it
        return None
