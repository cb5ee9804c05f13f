"""Tools over Parameter Store: which parameters there are, when each changed, and values that are no secrets.

A SecureString is never asked for: not decrypted, and not as ciphertext either.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving.aws import AwsAccount, as_of, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.server import UNTRUSTED
from mcp_servers.serving.windows import rfc3339
from mcp_servers.ssm import inputs
from mcp_servers.ssm.runbooks.pages import page

VALUE_CHARACTERS = 2_000
SECRET = "SecureString"  # noqa: S105 - the name of a type


class ParameterStore:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("List parameters")
    def list_parameters(self, prefix: inputs.ParameterPrefix = "", cursor: inputs.Cursor = "") -> Answer:
        """List parameters by name prefix: type, version, when and by whom last changed. No values."""
        params: dict[str, Any] = {}
        if prefix:
            params["ParameterFilters"] = [{"Key": "Name", "Option": "BeginsWith", "Values": [prefix]}]
        item_page = page(self._account, "describe_parameters", "Parameters", cursor, **params)
        rows, more = item_page.page([_plain(parameter) for parameter in item_page.items])
        columns = ["name", "type", "version", "changed", "changed_by"]
        return Answer(
            text=f"{len(rows)} parameters.\n\n" + table(columns, [[row.get(c, "") for c in columns] for row in rows]),
            as_of=item_page.as_of,
            data={"parameters": rows} | ({"cursor": more} if more else {}),
            coverage=[item_page.coverage(f"parameters {prefix or '(all)'}", more), *self._account.gaps()],
            left_out={"parameters": len(item_page.items) - len(rows)} if len(item_page.items) > len(rows) else {},
        )

    @read_tool("Get a parameter")
    def get_parameter(self, name: inputs.ParameterName) -> Answer:
        """One parameter by its exact name: type, when it changed, and its value unless it is a SecureString."""
        request = f"parameter {name}"
        filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
        answer = self._account.ask("ssm", "describe_parameters", request=request, ParameterFilters=filters)
        exact = [one for one in answer.get("Parameters") or [] if one["Name"] == name]
        if not exact:
            raise TeachingError("not_found", request, f"no such parameter in {self._account.scope}.", self._offer(name))
        plain, coverage = _plain(exact[0]), [Coverage(looked_at=request)]
        if plain["type"] == SECRET:
            text = "The value of a SecureString is not read."
        else:
            plain, text = self._value(plain, coverage)
        lines = [f"- {key}: {value}" for key, value in plain.items()]
        return Answer(
            text=f"{text} {UNTRUSTED}\n\n" + "\n".join(lines),
            as_of=as_of(answer),
            data={"parameter": plain},
            coverage=[*coverage, *self._account.gaps()],
        )

    def _value(self, plain: dict[str, Any], coverage: list[Coverage]) -> tuple[dict[str, Any], str]:
        """With the value, unless it may not be read or became a secret in this moment."""
        try:
            parameter = self._account.ask("ssm", "get_parameter", Name=plain["name"], WithDecryption=False)["Parameter"]
        except TeachingError as problem:
            coverage.append(gap(problem, f"value of parameter {plain['name']}"))
            return plain, "Its value could not be read."
        if parameter.get("Type") == SECRET:
            return plain | {"type": SECRET}, "The value of a SecureString is not read."
        return plain | {"value": excerpt(str(parameter.get("Value", "")), VALUE_CHARACTERS)}, "A plain parameter."

    def _offer(self, name: str) -> str:
        pages = self._account.pages("ssm", "describe_parameters", limit=10, MaxResults=50)
        try:
            have = [one["Name"] for answer in pages for one in answer.get("Parameters") or []]
        except TeachingError as problem:
            return f"Similar names cannot be suggested: {problem}"
        return offer(near(name, have))


def _plain(parameter: dict[str, Any]) -> dict[str, Any]:
    changed = parameter.get("LastModifiedDate")
    fields = {
        "name": parameter["Name"],
        "type": parameter.get("Type", ""),
        "version": parameter.get("Version"),
        "changed": rfc3339(changed) if isinstance(changed, datetime) else "",
        "changed_by": parameter.get("LastModifiedUser", ""),
        "description": excerpt(parameter.get("Description") or "", 200),
        "allowed_pattern": parameter.get("AllowedPattern", ""),
    }
    return {key: value for key, value in fields.items() if value or key == "type"}
