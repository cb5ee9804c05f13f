"""`sre-agent deploy agentcore` against the control plane of the lab; waiting moves the lab's clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_agent.deployment.agentcore.account import DeploymentAccount
from tests.deployment.conftest import IMAGE, REGISTRY, ROLE, Deployer
from tests.infra.iam import INFRA, allows

NEW = ("--image", IMAGE, "--role", ROLE)
POLICY = INFRA / "aws" / "agentcore-deployer.json"
USER_POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool/.well-known/openid-configuration"


def test_a_plan_shows_what_would_change_and_changes_nothing(deployer: Deployer) -> None:
    result = deployer.run(*NEW, "--env", "SRE_AGENT_RUNTIME_ROLE=operator", "--plan", "--json")

    assert (result.status, result.err) == (0, "")
    changes = {one["what"]: one["after"] for one in result.json["changes"]}
    assert changes == {
        "runtime": "new",
        "image": IMAGE,
        "role": ROLE,
        "network": "PUBLIC",
        "protocol": "HTTP",
        "env SRE_AGENT_RUNTIME_ROLE": "operator",
    }
    assert deployer.runtimes() == []
    assert "runtime sre_agent" in deployer.run(*NEW, "--plan").out


def test_a_runtime_is_made_and_its_arn_printed_when_it_answers(deployer: Deployer) -> None:
    done = deployer.run(*NEW, "--tag", "owner=platform")

    runtime = deployer.runtime()
    assert done.status == 0, done.err
    assert done.out == f"export AGENT_RUNTIME_ARN={runtime['agentRuntimeArn']}\n"
    assert done.err.index(IMAGE) < done.err.index("Creating the runtime"), "what changes is shown before it is done"
    assert (runtime["status"], deployer.endpoint("DEFAULT")["status"]) == ("READY", "READY")
    tags = deployer.control.list_tags_for_resource(resourceArn=runtime["agentRuntimeArn"])["tags"]
    assert tags == {"owner": "platform"}


def test_deploying_the_same_again_changes_nothing_and_prints_the_same(deployer: Deployer) -> None:
    first = deployer.run(*NEW, "--env", "A=1")
    again = deployer.run(*NEW, "--env", "A=1")

    assert (again.status, again.out) == (0, first.out)
    assert "Nothing to change" in again.err
    assert deployer.runtime()["agentRuntimeVersion"] == "1"


def test_what_is_not_named_stays_as_it_is_and_what_is_empty_goes(deployer: Deployer) -> None:
    deployer.push("0.2.0", "arm64")
    network = ("--subnet", "subnet-0123456789", "--security-group", "sg-0123456789")
    callers = ("--discovery-url", USER_POOL, "--client", "cli", "--header", "Authorization", "--idle-seconds", "600")
    assert deployer.run(*NEW, "--env", "A=1", *network, *callers).status == 0

    done = deployer.run("--image", f"{REGISTRY}/sre-agent:0.2.0", "--subnet", "", "--header", "", "--json")

    assert {one["what"] for one in done.json["changes"]} == {"image", "network", "subnet", "security-group", "header"}
    assert (done.json["version"], done.json["state"]) == ("2", "READY")
    runtime = deployer.runtime()
    assert runtime["networkConfiguration"] == {"networkMode": "PUBLIC"}
    assert runtime["environmentVariables"] == {"A": "1"}
    jwt = {"discoveryUrl": USER_POOL, "allowedClients": ["cli"]}
    assert runtime["authorizerConfiguration"] == {"customJWTAuthorizer": jwt}
    assert runtime["lifecycleConfiguration"] == {"idleRuntimeSessionTimeout": 600, "maxLifetime": 28800}
    assert "requestHeaderConfiguration" not in runtime


def test_an_endpoint_of_its_own_moves_to_the_new_version_and_is_what_is_invoked(deployer: Deployer) -> None:
    deployer.push("0.2.0", "arm64")
    creation = deployer.run(*NEW, "--endpoint", "live")
    assert deployer.endpoint("live")["liveVersion"] == "1"

    update = deployer.run("--image", f"{REGISTRY}/sre-agent:0.2.0", "--endpoint", "live")

    assert (
        update.out
        == creation.out
        == f"export AGENT_RUNTIME_ARN={deployer.runtime()['agentRuntimeArn']}/runtime-endpoint/live\n"
    )
    assert deployer.endpoint("live")["liveVersion"] == "2"


def test_the_reason_of_a_failure_is_told_with_what_to_do(deployer: Deployer) -> None:
    deployer.break_next("sre_agent", "No addresses left in subnet-1.")
    failed = deployer.run(*NEW)
    assert failed.status == 1
    assert "CREATE_FAILED: No addresses left in subnet-1." in failed.err
    assert f"delete-agent-runtime --agent-runtime-id {deployer.runtime()['agentRuntimeId']}" in failed.err
    assert "CREATE_FAILED" in deployer.run(*NEW).err  # it cannot be updated


def test_an_update_that_failed_is_done_again_although_nothing_differs(deployer: Deployer) -> None:
    deployer.run(*NEW)
    deployer.break_next("sre_agent", "The service was busy.")
    failed = deployer.run("--env", "A=1")
    assert (failed.status, "UPDATE_FAILED: The service was busy." in failed.err) == (1, True)

    again = deployer.run("--env", "A=1", "--json")

    assert (again.status, again.json["state"], again.json["version"]) == (0, "READY", "3")
    assert deployer.endpoint("DEFAULT")["liveVersion"] == "3"


def test_waiting_has_a_limit_and_the_next_run_waits_on(deployer: Deployer) -> None:
    given_up = deployer.run(*NEW, "--wait-seconds", "5")
    assert (given_up.status, "still CREATING" in given_up.err) == (1, True)

    assert deployer.run(*NEW).status == 0
    assert (len(deployer.runtimes()), deployer.runtime()["agentRuntimeVersion"]) == (1, "1")


def test_it_is_found_by_its_name_behind_a_page_of_others(deployer: Deployer) -> None:
    artifact = {"containerConfiguration": {"containerUri": IMAGE}}
    for number in range(11):
        deployer.control.create_agent_runtime(
            agentRuntimeName=f"other_{number}",
            agentRuntimeArtifact=artifact,
            roleArn=ROLE,
            networkConfiguration={"networkMode": "PUBLIC"},
        )
    deployer.aws.advance(60)

    assert deployer.run(*NEW).status == 0
    assert "Nothing to change" in deployer.run(*NEW).err


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("--name", "sre-agent"), "--name 'sre-agent' does not match [a-zA-Z][a-zA-Z0-9_]{0,47}"),
        (("--image", "docker.io/sre-agent:1"), "--image 'docker.io/sre-agent:1' does not match"),
        (("--protocol", "GRPC"), "--protocol 'GRPC' is none of MCP, HTTP, A2A, AGUI"),
        (("--idle-seconds", "5"), "--idle-seconds 5 is less than 60"),
        (("--client", "cli"), "--discovery-url is needed"),
        (("--subnet", "subnet-0123456789"), "--security-group is needed"),
        (("--env", "SRE_AGENT_TOKEN=f3a9c1d27b6e4f08"), "SRE_AGENT_TOKEN would put a secret"),
        (("--env", "A"), "write NAME=VALUE"),
        (tuple(word for place in range(51) for word in ("--env", f"V{place}=x")), "--env is more than 50 entries."),
        (("--image", f"{REGISTRY}/sre-agent:9"), "has no image 9. Push it: docker buildx build --platform linux/arm64"),
        (
            ("--image", f"{REGISTRY.replace('eu-west-1', 'us-east-1')}/sre-agent:0.1.0"),
            "deploy with --aws-region us-east-1",
        ),
        (("--role", f"{ROLE}-none"), "it is not there"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    deployer: Deployer, words: tuple[str, ...], wrong: str
) -> None:
    refused = deployer.run(*NEW, *words)
    assert (refused.status, wrong in refused.err) == (2, True), refused.err
    assert deployer.runtimes() == []


def test_an_image_for_other_processors_and_a_role_of_others_are_told_together(deployer: Deployer) -> None:
    intel = deployer.push("intel", "amd64")
    of_lambda = deployer.add_role("of-lambda", "lambda.amazonaws.com")

    result = deployer.run("--image", intel, "--role", of_lambda, "--plan", "--json")

    assert result.status == 1
    assert [one["wrong"] for one in result.json["in_its_way"]] == [
        "it is built for amd64, and AgentCore Runtime runs arm64",
        "bedrock-agentcore.amazonaws.com may not assume it",
    ]
    assert deployer.run("--image", intel, "--role", of_lambda).status == 2


def test_a_missing_right_is_told_by_its_action(deployer: Deployer) -> None:
    deployer.deny("UpdateAgentRuntime", "CreateAgentRuntimeEndpoint")
    assert deployer.run(*NEW).status == 0

    for words, action in (
        (("--env", "A=1"), "UpdateAgentRuntime"),
        (("--endpoint", "live"), "CreateAgentRuntimeEndpoint"),
    ):
        denied = deployer.run(*words)
        assert (denied.status, f"AWS denies bedrock-agentcore:{action}" in denied.err) == (1, True), denied.err


def test_secrets_are_named_and_those_of_an_earlier_hand_are_not_shown(deployer: Deployer, tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text(
        "# state\nSRE_AGENT_PERMIT_SECRET=sre-agent/permit-keys\nSRE_AGENT_TOKEN_SECRET=secret:sre-agent/token\n"
    )
    assert deployer.run(*NEW, "--env-file", str(file), "--env", "SRE_AGENT_LEVEL=observe").status == 0
    by_hand = deployer.runtime()
    deployer.control.update_agent_runtime(
        agentRuntimeId=by_hand["agentRuntimeId"],
        agentRuntimeArtifact=by_hand["agentRuntimeArtifact"],
        roleArn=ROLE,
        networkConfiguration=by_hand["networkConfiguration"],
        environmentVariables={"DATABASE_PASSWORD": "hunter2-of-the-shop"},
    )
    deployer.aws.advance(60)

    result = deployer.run("--env-file", str(file), "--plan", "--json")

    assert {"what": "env DATABASE_PASSWORD", "before": "(hidden)", "after": ""} in result.json["changes"]
    assert "hunter2" not in result.out
    assert "hunter2" not in deployer.run("--env-file", str(file)).err


def test_the_policy_of_whoever_deploys_has_each_action_that_is_used_and_passes_one_role_to_one_service(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions: set[str] = set()
    ask = DeploymentAccount.ask

    def note(account: DeploymentAccount, service: str, operation: str, **params: Any) -> dict[str, Any]:
        actions.add(f"{service.removesuffix('-control')}:{api_name(operation)}")
        return ask(account, service, operation, **params)

    monkeypatch.setattr(DeploymentAccount, "ask", note)
    for words in (NEW, ("--env", "A=1", "--endpoint", "live", "--tag", "a=b"), ("--env", "A=2", "--endpoint", "live")):
        assert deployer.run(*words).status == 0

    assert len(actions) == 11
    resources = {
        "bedrock-agentcore": "arn:aws:bedrock-agentcore:eu-west-1:1:runtime/sre_agent-0123456789",
        "ecr": "arn:aws:ecr:eu-west-1:1:repository/sre-agent",
        "iam": "arn:aws:iam::1:role/sre-agent",
    }
    assert {one for one in actions if not allows(POLICY, one, resources[one.partition(":")[0]])} == set()
    pass_role, role = "iam:PassRole", resources["iam"]
    assert allows(POLICY, pass_role, role, iam__PassedToService="bedrock-agentcore.amazonaws.com")
    assert not allows(POLICY, pass_role, role, iam__PassedToService="ec2.amazonaws.com")
    assert not allows(
        POLICY, pass_role, "arn:aws:iam::1:role/admin", iam__PassedToService="bedrock-agentcore.amazonaws.com"
    )


def api_name(method: str) -> str:
    """`get_role` as IAM calls it: GetRole."""
    return "".join(part.title() for part in method.split("_"))
