"""A change of a live object becomes a commit on a branch, a patch that applies, and a pull request; never more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_servers.contract.field_changes import FieldChange
from mcp_servers.contract.gitops_owner import GitOpsOwner
from sre_agent.domain.git_change import GitChange
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.git.change_source import ChangeSource
from sre_agent.git.pull_requests import PullRequests
from sre_agent.git.sources import ObjectName
from sre_agent.settings import GitSettings
from tests.git.repositories import git, repository

FILES = {
    "base/web.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2  # as agreed\n"
    ),
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "prod/kustomization.yaml": "namespace: shop\nresources:\n- ../base\n",
    "dev/kustomization.yaml": "namespace: dev\nresources:\n- ../base\n",
    "notes.md": "kind: Deployment\n",
}
WANTED = ObjectName("Deployment", "shop", "web")


def change(path: tuple[str, ...] = ("spec", "replicas"), before: Any = 2, after: Any = 4) -> GitChange:
    return GitChange(
        subject="Deployment shop/web",
        purpose="Scale web to 4",
        owner=GitOpsOwner(controller="argocd", name="shop-prod", evidence="tracking-id"),
        changes=[FieldChange(path=path, before=before, after=after)],
    )


def complete(settings: GitSettings, cache: Path, one: GitChange | None = None) -> GitChange:
    source = ChangeSource(settings, cache, lambda text: text)

    async def run() -> GitChange:
        return await source.complete(one or change(), WANTED, incident="inc-1")

    return anyio.run(run)


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_patch_applies_and_nothing_is_written_to_the_repository(tmp_path: Path) -> None:
    folder = repository(tmp_path / "deploy", FILES)
    before = _everything(folder)
    done = complete(GitSettings(git_repository=str(folder)), tmp_path / "cache")
    assert done.files == ["prod/kustomization.yaml"] and (done.why_not, done.branch) == ("", "")
    assert "+replicas:\n+- name: web\n+  count: 4" in done.patch
    assert _everything(folder) == before
    git(folder, "apply", "--check", stdin=done.patch)


def test_a_branch_of_a_folder_is_made_there_and_its_work_tree_stays(tmp_path: Path) -> None:
    folder = repository(tmp_path / "deploy", FILES)
    before = git(folder, "rev-parse", "main"), git(folder, "status", "--porcelain")
    done = complete(GitSettings(git_repository=str(folder), git_offer="branch"), tmp_path / "cache")
    assert git(folder, "log", "--format=%s", f"main..{done.branch}").strip() == "Scale web to 4"
    assert (git(folder, "rev-parse", "main"), git(folder, "status", "--porcelain")) == before


def test_a_repository_at_a_url_gets_a_branch_and_its_own_branch_stays(tmp_path: Path) -> None:
    folder = repository(tmp_path / "remote", FILES)
    main = git(folder, "rev-parse", "main")
    settings = GitSettings(git_repository=f"file://{folder}", git_offer="branch")
    for _ in range(2):  # as a step that runs again after a crash
        done = complete(settings, tmp_path / "cache")
        assert done.why_not == ""
    assert git(folder, "show", "--format=", "--name-only", done.branch).split() == ["prod/kustomization.yaml"]
    assert git(folder, "rev-parse", "main") == main


def test_only_what_is_applied_is_looked_at(tmp_path: Path) -> None:
    files = {f"{place}/web.yaml": FILES["base/web.yaml"] for place in ("prod", "dev")}
    folder = repository(tmp_path / "deploy", files)
    open_question = complete(GitSettings(git_repository=str(folder)), tmp_path)
    assert open_question.patch == "" and open_question.candidates == ["dev/web.yaml", "prod/web.yaml"]
    git_change = complete(GitSettings(git_repository=str(folder), git_paths=("prod",)), tmp_path)
    assert git_change.files == ["prod/web.yaml"] and "+  replicas: 4  # as agreed" in git_change.patch


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"a.yaml": "kind: Deployment\nmetadata: {name: other}\n"}, "no file of the repository makes"),
        ({"a.yaml": FILES["base/web.yaml"].replace("2", "7")}, "a.yaml says 7 for spec.replicas, the cluster had 2"),
        ({"a.yaml": "kind: Deployment\nmetadata: {name: web\n"}, "no file of the repository makes"),
        (
            {"a.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: &s {replicas: 2}\nother: *s\n"},
            "cannot be changed",
        ),
    ],
    ids=["another object", "drift", "broken", "anchors"],
)
def test_what_does_not_fit_is_told_and_nothing_is_written(files: dict[str, str], why: str, tmp_path: Path) -> None:
    folder = repository(tmp_path / "deploy", files)
    done = complete(GitSettings(git_repository=str(folder), git_offer="branch"), tmp_path)
    assert why in done.why_not and not (done.patch or done.branch)
    assert git(folder, "branch", "--list", "sre-agent/*") == ""


def test_a_repository_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    assert "git_repository" in complete(GitSettings(), tmp_path).why_not
    assert "is no folder" in complete(GitSettings(git_repository=str(tmp_path / "none")), tmp_path).why_not
    git_change = complete(GitSettings(git_repository=f"file://{tmp_path}/gone.git", git_token="made-up"), tmp_path)
    assert "failed" in git_change.why_not and "made-up" not in git_change.why_not


def test_what_argo_cd_takes_from_another_repository_or_branch_is_not_taken_for_this_one(tmp_path: Path) -> None:
    files = {f"{place}/web.yaml": FILES["base/web.yaml"] for place in ("prod", "dev")}
    for place, (address, revision) in {"prod": ("acme/deploy", "main"), "dev": ("acme/trials", "HEAD")}.items():
        source = {"repoURL": f"https://git.example/{address}", "targetRevision": revision, "path": place}
        spec = {"source": source, "destination": {"namespace": "shop"}}
        application = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": place}}
        files[f"argo/{place}.yaml"] = json.dumps({**application, "spec": spec})
    folder = repository(tmp_path / "deploy", files)
    git(folder, "remote", "add", "origin", "git@git.example:acme/deploy.git")
    assert complete(GitSettings(git_repository=str(folder)), tmp_path).files == ["prod/web.yaml"]
    git(folder, "checkout", "--quiet", "-b", "next")
    git(folder, "rm", "--quiet", "dev/web.yaml")
    git(folder, "commit", "--quiet", "-m", "no more trials")
    assert "applies the revision main" in complete(GitSettings(git_repository=str(folder)), tmp_path).why_not


def test_no_hook_of_a_repository_runs_and_no_link_out_of_it_is_followed(tmp_path: Path) -> None:
    folder = repository(tmp_path / "deploy", FILES)
    (tmp_path / "secret.yaml").write_text("kind: Secret\n")
    (folder / "prod" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "a link")
    hook = folder / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    done = complete(GitSettings(git_repository=str(folder)), tmp_path)
    assert done.patch and not (tmp_path / "ran").exists()


class Host:
    """A host of repositories: what it was asked, and what it answers next."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, Any], dict[str, str]]] = []
        self.answers: list[tuple[int, Any]] = []


@contextmanager
def host() -> Iterator[tuple[Host, str]]:
    one = Host()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            one.requests.append((self.command, self.path, body, dict(self.headers)))
            status, answer = one.answers.pop(0)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield one, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def request_text(requests: PullRequests) -> str:
    async def run() -> str:
        return await requests.open("sre-agent/inc-1", "main", "Scale web", "because")

    return anyio.run(run)


def test_a_pull_request_of_github_names_branch_and_base_and_is_opened_once() -> None:
    with host() as (one, api):
        requests = PullRequests("github", "https://github.com/acme/deploy.git", token="made-up", api=api)
        one.answers = [(201, {"html_url": "https://github.com/acme/deploy/pull/7"})]
        assert request_text(requests).endswith("/pull/7")
        command, path, body, headers = one.requests[0]
        assert (command, path) == ("POST", "/repos/acme/deploy/pulls")
        assert (body["head"], body["base"]) == ("sre-agent/inc-1", "main")
        assert headers["Authorization"] == "Bearer made-up"
        one.answers = [(422, {}), (200, [{"html_url": "https://github.com/acme/deploy/pull/7"}])]
        assert request_text(requests).endswith("/pull/7")


def test_a_merge_request_of_gitlab_is_opened_for_the_project() -> None:
    with host() as (one, api):
        requests = PullRequests("gitlab", "https://git.example.com/ops/live/deploy.git", token="made-up", api=api)
        one.answers = [(201, {"web_url": "https://git.example.com/ops/live/deploy/-/merge_requests/3"})]
        assert request_text(requests).endswith("/merge_requests/3")
        assert one.requests[0][1] == "/projects/ops%2Flive%2Fdeploy/merge_requests"
        assert one.requests[0][2]["source_branch"] == "sre-agent/inc-1"


def test_a_host_that_refuses_or_is_down_is_told_apart_and_no_token_is_named() -> None:
    with host() as (one, api):
        requests = PullRequests("github", "https://github.com/acme/deploy", token="made-up", api=api)
        one.answers = [(403, {}), (502, {})]
        with pytest.raises(PermanentError, match="right to open pull requests") as refusal:
            request_text(requests)
        assert "made-up" not in str(refusal.value)
        with pytest.raises(TemporaryError, match="502"):
            request_text(requests)


def test_no_value_of_a_variable_is_shown_and_none_that_is_hidden_is_written(tmp_path: Path) -> None:
    text = written_deployment({"name": "DB_PASSWORD", "value": "made-up-4711"})
    folder = repository(tmp_path / "deploy", {"a.yaml": text})
    path = ("spec", "template", "spec", "containers", "[web]", "env", "[DB_PASSWORD]", "value")
    drift = complete(GitSettings(git_repository=str(folder)), tmp_path, change(path, before="x", after="y"))
    assert "made-up-4711" not in drift.model_dump_json() and "another value" in drift.why_not
    secret_change = change((*path[:-2], "[API_KEY]", "value"), before=None, after="[redacted:password]")
    assert "hidden" in complete(GitSettings(git_repository=str(folder)), tmp_path, secret_change).why_not


def written_deployment(variable: dict[str, str]) -> str:
    container = {"name": "web", "image": "web:1", "env": [variable]}
    spec = {"template": {"spec": {"containers": [container]}}}
    return json.dumps({"kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
