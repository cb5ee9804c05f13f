"""A fourth set of made-up texts: names and secrets apart from each other, as tools, databases and programs print them.

Written before any rule about such pairs had been tried on one of them.
"""

# ruff: noqa: E501 - tables

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from tests.redaction.samples import make

SEED: Final = 20260522
NAMES: Final = (
    "RABBITMQ_DEFAULT_PASS", "grafanaAdminPassword", "datadog-api-key", "SlackBotToken", "s3_secret_access_key", "elastic_password",
    "COOKIE_SIGNING_SECRET", "hmacSecretKey", "githubAccessToken", "redis_auth_token", "TLS_KEY_PASSPHRASE", "smtpPwd",
)  # fmt: skip
EACH: Final = 6
CARRIERS: Final[tuple[Any, ...]] = (
    "aws lambda update-function-configuration --environment \"Variables={NAME=VALUE,STAGE=prod}\"", "gh secret set NAME --body \"VALUE\"",
    "vault kv put secret/app NAME=VALUE", "heroku config:set NAME=VALUE -a app", "az keyvault secret set --vault-name kv --name NAME --value VALUE",
    "git config --global app.NAME VALUE", "kubectl patch secret db -p '{\"stringData\":{\"NAME\":\"VALUE\"}}'", "consul kv put app/NAME VALUE",
    "etcdctl put /app/NAME VALUE", "SET app:NAME \"VALUE\"", "INSERT INTO settings (name, value) VALUES ('NAME', 'VALUE');",
    "INSERT INTO users (id, NAME, role) VALUES (7, 'VALUE', 'admin');", "UPDATE settings SET value = 'VALUE' WHERE name = 'NAME';",
    " id | NAME\n----+------------\n  7 | VALUE\n(1 row)", "+----+------+\n| id | NAME |\n+----+------+\n|  7 | VALUE |\n+----+------+",
    "*** 1. row ***\n  id: 7\n  NAME: VALUE", "| Setting | Value |\n|---|---|\n| host | db-1 |\n| NAME | VALUE |", "id;NAME;role\n7;VALUE;admin\n",
    "id\tNAME\trole\n7\tVALUE\tadmin\n", "<tr><th>NAME</th><td>VALUE</td></tr>", "<dt>NAME</dt><dd>VALUE</dd>",
    "<input type=\"hidden\" name=\"NAME\" value=\"VALUE\">", "<string name=\"NAME\">VALUE</string>", "<key>NAME</key>\n  <string>VALUE</string>",
    "[{\"op\":\"add\",\"path\":\"/spec/NAME\",\"value\":\"VALUE\"}]", "{\"field\":\"NAME\",\"old\":null,\"new\":\"VALUE\"}", "{\"variable\": \"NAME\", \"content\": \"VALUE\"}",
    "Content-Disposition: form-data; name=\"NAME\"\r\n\r\nVALUE\r\n--b--", "(*cfg)(0xc0001){Host:(string)\"db\", NAME:(string)\"VALUE\"}",
    "&{Host:db NAME:VALUE Port:80}", "Config { host: \"db\", NAME: Some(\"VALUE\") }", "Config { NAME: Secret(\"VALUE\"), port: 1 }",
    "\"NAME\" -> Some(\"VALUE\")", "{:NAME, \"VALUE\"}", "{NAME, <<\"VALUE\">>}", "{:NAME \"VALUE\" :port 1}", "array(1) { [\"NAME\"]=> string(20) \"VALUE\" }",
    "Array\n(\n    [NAME] => VALUE\n)", "Sys.setenv(NAME = \"VALUE\")", "viper.SetDefault(\"NAME\", \"VALUE\")", "config.getOrElse(\"NAME\", \"VALUE\")",
    "os.environ.get(\"NAME\", \"VALUE\")", "NAME = os.getenv(\"X\", \"VALUE\")", "NAME = base64.b64decode(\"VALUE\")", "val NAME = \"VALUE\".toCharArray()",
    "  ~ NAME = \"an-older-one\" -> \"VALUE\"", "variable \"NAME\" {\n  default = \"VALUE\"\n}", "NAME is now set to VALUE", "The NAME for staging is VALUE, please rotate it.",
    "use VALUE as the NAME", "{\"item\": {\"key\": \"NAME\", \"value\": \"VALUE\"}, \"changed\": true}", "\"Env\": [\"NAME=VALUE\", \"PATH=/bin\"]",
    "    Environment:\n      NAME:   VALUE\n      PORT:   80", "Environment=\"NAME=VALUE\"", "cat > .env <<EOF\nNAME=VALUE\nPORT=80\nEOF", "NAME = \\\n    VALUE",
    "key: \"NAME\"\nvalue: \"VALUE\"", "mutation { update(NAME: \"VALUE\") { id } }", {"headers": [["NAME", "VALUE"]]},
    {"columns": ["id", "NAME"], "rows": [[7, "VALUE"]]}, {"tags": [{"Key": "NAME", "Value": "VALUE"}]},
    {"patch": [{"op": "replace", "path": "/data/NAME", "value": "VALUE"}]},
)  # fmt: skip
VALUES: Final = ("password", "24", "h40", "w32", "b43")
HARMLESS: Final = (
    "kubectl get secret --field-selector metadata.name=NAME -o name", "aws ssm get-parameter --name NAME --with-decryption", "gh secret list | grep NAME",
    "NAME   Opaque   1   3d", "id,NAME,role\n7,<hidden>,admin\n", "id | NAME\n----+------\n 7 | ****\n(1 row)", "| Setting | Required | Default |\n|---|---|---|\n| NAME | yes | none |",
    "<name>NAME</name><required>true</required>", "<key>NAME</key><true/>", "[{\"op\":\"remove\",\"path\":\"/spec/NAME\"}]", "{\"field\":\"NAME\",\"error\":\"is required\"}",
    "Config { host: \"db\", NAME: None }", "NAME: Option<Secret>", "NAME = os.getenv(\"NAME\")", "os.environ.get(\"NAME\", \"\")", "config.getString(\"NAME\")",
    "NAME: String::new(),", "NAME: <set to the key 'NAME' in secret 'app'>  Optional: false", "variable \"NAME\" {\n  type = string\n  sensitive = true\n}",
    "the NAME for staging is stored in vault", "your NAME is required to continue", "INSERT INTO audit (field, at) VALUES ('NAME', now());",
    "ALTER TABLE users ADD COLUMN NAME text NOT NULL;", "Content-Disposition: form-data; name=\"NAME\"\r\n\r\n\r\n--b--", "NAME (required), NAME_file (optional)",
    "| Name | Type | Description |\n|---|---|---|\n| NAME | string | of the upstream |",
)  # fmt: skip
PLAIN: Final = (
    "name,status,age\nweb-‹l5›,Running,3d\n", "| digest | tag |\n|---|---|\n| sha256:‹h64› | v1 |", "{\"op\":\"replace\",\"path\":\"/metadata/uid\",\"value\":\"‹uuid›\"}",
    "<name>revision</name><value>‹h40›</value>", "--name build --value ‹h40›", "commit: Some(\"‹h40›\")",
)  # fmt: skip


def _fill(carrier: Any, name: str, value: str) -> Any:
    if isinstance(carrier, str):
        return re.sub("VALUE(?!S)", lambda _: value, carrier).replace("NAME", name)
    if isinstance(carrier, dict):
        return {key: _fill(item, name, value) for key, item in carrier.items()}
    return [_fill(item, name, value) for item in carrier] if isinstance(carrier, list) else carrier


def secrets() -> Iterator[tuple[str, Any, str]]:
    """Carrier, text or structure, and the secret in it."""
    random = Random(SEED)
    for place, carrier in enumerate(CARRIERS):
        for number in range(EACH):
            name, value = NAMES[(place + 2 * number) % len(NAMES)], make(random, random.choice(VALUES))
            yield str(carrier), _fill(carrier, name, value), value


def harmless() -> Iterator[Any]:
    random = Random(f"{SEED} harmless")
    for text in HARMLESS:
        for name in NAMES:
            yield text.replace("NAME", name)
    for text in PLAIN:
        for _ in range(6):
            yield (
                text.replace("‹h40›", make(random, "h40"))
                .replace("‹h64›", make(random, "h64"))
                .replace("‹uuid›", make(random, "uuid"))
                .replace("‹l5›", make(random, "l5"))
            )
