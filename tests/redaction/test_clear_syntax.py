"""What clear syntax or a position gives to a secret's name is the secret, however much it looks like a name itself."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.redaction import redacted, redacted_value

VALUE = "-".join(("green", "field", "1"))
WORD = VALUE.replace("-", "")[:-1]
ENCODED = "Z3JlZW4" + "tZmllbGQtMQ=="

PAIRS = (
    '"db_password": {{\n  "value": "{}",\n  "type": "string"\n}}',
    '{{"outputs":{{"db_password":{{"sensitive":true,"type":"string","value":"{}"}}}}}}',
    '{{"name": "DB_PASSWORD", "value": "{}"}}',
    '{{"value":"{}","name":"API_TOKEN"}}',
    "- name: DB_PASSWORD\n  value: {}",
    '{{"key":"DB_PASSWORD","type":"SECURE","value":"{}"}}',
    '{{"ParameterKey":"DbPassword","ParameterValue":"{}"}}',
    '{{"Parameter":{{"Name":"/prod/db/password","Type":"SecureString","Value":"{}"}}}}',
    '<property name="password" value="{}"/>',
    '"Env": [\n  "MYSQL_DEFAULT_PASS={}",',
    '+ "clientSecret": "{}"',
    '  ~ "API_SECRET" = "green-field-0" -> "{}"',
    'variable "api_key" {{\n  type    = string\n  default = "{}"\n}}',
    'password = """{}"""',
    "password: !!str {}",
    "api_token: &shared {}",
    'Property: spring.datasource.password\n    Value: "{}"',
    "cannot bind 'spring.redis.password' value: \"{}\"",
    '["password"]=>\n  string(13) "{}"',
    '["apiKey":"Db":private]=>\n  string(13) "{}"',
)
CODE = (
    "ALTER USER app WITH PASSWORD '{}';",
    "SET PASSWORD FOR 'bob'@'%' = '{}';",
    'source.setPassword("{}");',
    'config.setApiKey("{}")',
    '.withPassword("{}")',
    "'password' => env('DB_PASSWORD', '{}'),",
    'os.environ.get("API_TOKEN", "{}")',
    'ENV.fetch("DB_PASSWORD") {{ "{}" }}',
    "const token = process.env.TOKEN || '{}';",
    'process.env.JWT_SECRET ?? "{}"',
    'requests.get(url, auth=("bot", "{}"))',
    'DriverManager.getConnection(url, "scott", "{}");',
    "#0 /var/www/db.php(12): PDO->__construct('mysql:host=db', 'root', '{}')",
    'mysqli_connect("db", "root", "{}", "shop");',
    'new NetworkCredential("svc", "{}")',
    'ConvertTo-SecureString -AsPlainText -Force -String "{}"',
)
SPOKEN = (
    "the root password for staging is {}, tell nobody",
    'log in with user "support" and password "{}". Cheers',
    '# I set the passphrase to "five times {}" today',
    "A temporary password is generated for root@localhost: {}",
    "Password for the user of the index:\n  {}",
    "login: admin / {}",
)
PRINTED = (
    "$ cat /run/secrets/api_key\n{}",
    "$ vault kv get -field=password secret/db\n{}",
    'redis> CONFIG GET requirepass\n1) "requirepass"\n2) "{}"',
    "NAME      USER    PASSWORD\norders    app     {}",
    "vrrp {{\n  auth_pass {}\n}}",
)
POSITIONS = (
    "localhost:5432:*:postgres:{}",
    "authorization:\n  type: Bearer\n  credentials: {}",
    "ldap.bind.credentials={}",
    'echo "{}" | sudo -S systemctl restart nginx',
    'chpasswd <<< "deploy:{}"',
    "stats auth admin:{}",
    "op signin team.example.com A3-FAKE {}",
    "net use Z: \\\\fs\\share /user:DOM\\svc {}",
    "mosquitto_pub -h mq -u bot -P {} -t t -m m",
    'type=EXECVE msg=audit(1:2): argc=3 a0="mysql" a1="-uroot" a2="-p{}"',
    'type=EXECVE msg=audit(1:2): argc=3 a0="tool" a1="--password" a2="{}"',
    "snmp-server community {} RO",
    "radius-server host 10.0.0.1 key {}",
    "<auth-user-pass>\nbob\n{}\n</auth-user-pass>",
    "encrypt:\n  key: {}",
    "https://x.example/v?Expires=17&Signature={0}~{0}__&Key-Pair-Id=K",
    ".AspNetCore.Cookies={}; path=/",
    "Incorrect API key provided: {}.",
)


@pytest.mark.parametrize("text", (*PAIRS, *CODE, *SPOKEN, *PRINTED, *POSITIONS))
def test_a_value_like_a_name_is_removed_where_the_syntax_says_whose_it_is(text: str) -> None:
    created = redacted(text.format(VALUE))
    assert VALUE not in created
    assert redacted(created) == created


@pytest.mark.parametrize(
    "text",
    [
        'proxy_set_header Authorization "Basic {}";',
        "C: AUTH PLAIN {}",
        "S: 334 UGFzc3dvcmQ6\nC: {}",
        "wg set wg0 peer X preshared-key {0}{0}",
        "Unseal Key 1: {}",
    ],
)
def test_what_is_encoded_is_removed_by_its_position(text: str) -> None:
    assert ENCODED not in redacted(text.format(ENCODED))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('"cvv": "737"', "737"),
        ("the PIN for the server room is 4711", "4711"),
        ("Your verification code: 551-902", "551-902"),
        ("G-551902 is your login code", "551902"),
        ("recovery codes: fak1-aa22 fak2-bb33", "fak2-bb33"),
    ],
)
def test_a_code_is_removed_where_it_is_called_one(text: str, code: str) -> None:
    assert code not in redacted(text)


@pytest.mark.parametrize(
    "structure",
    [
        {"clientSecret": VALUE},
        {"API_TOKEN": VALUE},
        {"name": "DB_PASSWORD", "value": VALUE},
        {"Parameter": {"Name": "/prod/db/password", "Value": VALUE}},
        {"columns": ["id", "api_key"], "rows": [[7, VALUE]]},
    ],
)
def test_a_field_that_is_clearly_a_secret_holds_one_whatever_it_looks_like(structure: Any) -> None:
    assert VALUE not in str(redacted_value(structure))


def test_what_a_secret_object_is_called_stays_where_a_reference_to_it_is_corrected() -> None:
    path = "/spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef/name"
    correction = {"name": "Secret", "now": "login-credential", "value": "login-credentials", "path": path}
    assert redacted_value(correction) == correction
    assert VALUE not in str(redacted_value({**correction, "name": "DB_PASSWORD", "value": VALUE}))


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=\nDB_HOST=localhost",
        "API_TOKEN=\nlocalhost",
        "export DB_PASSWORD=\nexport DB_HOST=localhost",
        "DB_PASSWORD: \nDB_HOST: localhost",
        '{"name": "DB_PASSWORD", "value": "", "host": "green-field-1"}',
    ],
)
def test_an_empty_value_never_reaches_over_the_end_of_its_line(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "unknown: 'auth' command",
        'smtp: "AUTH" cid:4821 done',
        'getpass.getpass("Password: ")',
        'read -s -p "Password: " PASSWORD',
        "password = random_password.db.result",
        'output "db_password" {\n  value = aws_db_instance.x.password\n}',
        "- secretKey: password\n  remoteRef:",
        "authorization: rbac",
        '<label for="token">Token</label>',
        "secret: !vault_ref secret/data/x",
        "token: gho_****",
        "postgres://app:***@pg:5432/orders",
        '{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}',
        '{"name":"SECRET_NAME","value":"db-creds-1"}',
        "- name: DB_PASSWORD_FILE\n  value: /run/secrets/db",
        "auth=(user, password)",
        'client.get_secret_value("prod/db")',
        "this.setPassword(password)",
        "process.env.TOKEN || ''",
        "password for bob is expired",
        'secret "web-tls-1" not found',
        "passwordSecret: db-creds-1",
        "daemon:*:19000:0:99999:7:::",
        "10.0.0.1:5432:10.0.0.2:33222:ESTABLISHED",
        "$ grep -r api_key\nsrc/config.py:12",
        "250-AUTH PLAIN LOGIN CRAM-MD5",
        "verification code expired",
    ],
)
def test_what_cannot_be_a_secret_stays_in_clear_syntax(text: str) -> None:
    assert redacted(text) == text


def test_a_secret_is_found_in_a_line_that_differs_only_by_it_from_harmless_ones() -> None:
    """Lines that say the same are told by one of them, whichever comes first."""
    secret = "7f3a9c1e" * 4
    line = "level=warn rejecting token of web-0 {} at 10:00:0{}"
    harmless = [line.format("for user u12", number) for number in range(5)]
    text = "\n".join([*harmless, line.format(f"with token {secret}", 7), *harmless])
    assert secret not in redacted(text)
    assert redacted("\n".join(harmless)) == "\n".join(harmless)
    assert "kT9vQ2mZx71pLw4" not in redacted("the token is set to kT9vQ2mZx71pLw4 now\nthe token is set to 7 now")
