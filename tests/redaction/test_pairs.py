"""What never leaves a server, where a name and its secret stand in two places of one structure."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.redaction import redacted, redacted_value

VALUE = "kT9" + "vQ2mZx71p"


@pytest.mark.parametrize(
    "text",
    [
        "--name DB_PASSWORD --type SecureString --value {}",
        "--value {} --name DB_PASSWORD",
        "<name>password</name>\n  <value>{}</value>",
        '<add value="{}" key="password"/>',
        "<key>password</key><string>{}</string>",
        "<tr><td>password</td><td>{}</td></tr>",
        'Content-Disposition: form-data; name="password"\r\n\r\n{}\r\n--x',
        '[{{"op":"replace","path":"/password","value":"{}"}}]',
        '[{{"op":"replace","value":"{}","path":"/password"}}]',
    ],
)
def test_a_secret_is_removed_where_its_name_stands_in_another_part_of_the_structure(text: str) -> None:
    assert VALUE not in redacted(text.format(VALUE))


@pytest.mark.parametrize(
    "text",
    [
        'DB_PASSWORD: String::from("{}"),',
        'password: Some("{}")',
        'secret = new SecretString("{}")',
        'Password: aws.String("{}"),',
        'password := []byte("{}")',
        'db_password = os.getenv("X", "{}")',
        'withToken("{}")',
        '"api_key" -> Some("{}")',
        'variable "password" {{\n  type = string\n  default = "{}"\n}}',
        'Password:(string) (len=12) "{}"',
        '["password"]=> string(12) "{}"',
        '{{password,<<"{}">>}}',
    ],
)
def test_a_secret_is_removed_out_of_the_call_or_the_dump_that_wraps_it(text: str) -> None:
    assert VALUE not in redacted(text.format(VALUE))


@pytest.mark.parametrize(
    "text",
    [
        "user,password,role\nann,swordfish,x\nbob,{},admin\n",
        "user;password\nbob;{}\n",
        "user\tapi_key\nbob\t{}\n",
        "| user | password |\n|---|---|\n| ann | swordfish |\n| bob | {} |",
        "+---+----------+\n| u | password |\n+---+----------+\n| a | {} |\n+---+----------+",
        "USER   PASSWORD   ROLE\nbob    {}   admin\n",
        "web-0 | 12:00:00 user,password\nweb-0 | 12:00:01 bob,{}\n",
        "INSERT INTO t (user, password) VALUES ('ann', 'swordfish'), ('it''s', '{}');",
    ],
)
def test_a_secret_is_removed_in_every_row_below_its_name(text: str) -> None:
    message = redacted(text.format(VALUE))
    assert VALUE not in message
    assert "swordfish" not in message


@pytest.mark.parametrize(
    "text",
    [
        "your api key is {}",
        "The password of the staging db is {}",
        "password for user bob on db-1 is {}",
        "DB_PASSWORD (current): {}",
        "host  db\nNPM_TOKEN  {}\n",
    ],
)
def test_a_secret_is_removed_where_a_remark_stands_between_it_and_its_name(text: str) -> None:
    assert VALUE not in redacted(text.format(VALUE))


def test_a_number_is_a_pin_where_it_is_somebodys() -> None:
    assert "482913" not in redacted("your pin is 482913")
    assert redacted("the pin of the board is 2048") == "the pin of the board is 2048"


def test_a_name_is_looked_at_again_where_the_same_name_stood_before_it_in_a_short_text() -> None:
    assert VALUE not in redacted(f"secret generic x --from-literal=jwt_signing_secret={VALUE}")


@pytest.mark.parametrize("structure", [["password", VALUE], {"headers": [["X-Api-Key", VALUE]]},
                                  {"columns": ["id", "password"], "rows": [[7, VALUE]]},
        {"op": "replace", "path": "/data/password", "value": VALUE}])  # fmt: skip
def test_a_secret_is_removed_out_of_a_pair_in_a_structure(structure: Any) -> None:
    assert VALUE not in str(redacted_value(structure))


@pytest.mark.parametrize(
    "structure",
    [
        "SECRET           NAMESPACE\nweb-tls-a1b2c3   shop\n",
        "| Key | Default |\n|---|---|\n| auth.existingSecret | my-secret-v2 |",
        "user,token_count\nbob,1234567\n",
        "Missing: username, password\nSee docs, section4a for help\n",
        "a, b, token\nc, d, event1234\n",
        "token = parse('a1b2c3d4e5')",
        "auth = BasicAuth('user1abc')",
        "secret = client.secret('app-v2-db')",
        "password = os.getenv('DB_PASSWORD_2')",
        "<th>Secret</th><td>db-creds-9f8e7d</td>",
        "<td>password</td><td>at least 8 characters</td>",
        "the token for the web pod is web-7d4f5c-x2xyz",
        "token (optional): string2a",
        "api_key: Option<Secret>",
        "INSERT INTO log (id, token_id) VALUES (7, 'abc123def')",
        ["password", "username"],
        ["secret", "my-app-v2"],
        {"columns": ["id", "token"], "rows": [[7, "expired"], None]},
        {"path": "/spec/auth", "value": "oauth2-proxy"},
    ],
)
def test_what_only_stands_where_a_secret_could_stays(structure: Any) -> None:
    assert redacted_value(structure) == structure
