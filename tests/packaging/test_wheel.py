"""What is built and published holds all that an installed command needs, and says what it needs itself."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from sre_agent.ops.checks.alarm_settings import FILE as ALARMS
from sre_agent.ops.shipped_policies import ROLES
from tests.packaging.declared import INCLUDED, PROJECT, ROOT, SERVERS

PACKAGES = ("sre_agent", "mcp_servers", "sre_lab")
SHIPPED = [source for source, place in INCLUDED.items() if place == f"sre_agent/{source}" and source != "prompts"]


def build(kind: str, source: Path, out: Path) -> Path:
    """The one file that hatchling makes of a source tree; `kind` is `wheel` or `sdist`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    (file,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build("wheel", ROOT, tmp_path_factory.mktemp("wheel")))


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_string(wheel.read(name).decode("utf-8"))


def files(folder: Path) -> set[str]:
    """Every file below a folder that belongs to the product, as a path from the root of the checkout."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in paths}


def contents(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_packages_the_prompts_and_what_is_shipped_of_infra_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    prompts = {f"sre_agent/{name}" for name in files(ROOT / "prompts")}
    runbooks = {f"sre_lab/{name.removeprefix('infra/')}" for name in files(ROOT / "infra" / "runbooks")}
    policies = {
        f"sre_agent/{name}" for of_role in ROLES.values() for name in (f"infra/{file}" for file in of_role.values())
    }
    code = set().union(*(files(ROOT / package) for package in PACKAGES))
    assert contents(wheel) >= code | prompts | runbooks | policies | {f"sre_agent/infra/{ALARMS}"}
    others = contents(wheel) - (code | prompts | runbooks)
    assert others == {f"sre_agent/{name}" for source in SHIPPED for name in files(ROOT / source) or {source}}


@pytest.mark.parametrize(
    "needed",
    ["sre_agent/prompts/agents/", "sre_agent/policy/", "sre_agent/failures/classes/", "sre_lab/scenarios/"],
)
def test_the_wheel_holds_the_data_that_the_responder_reads(wheel: zipfile.ZipFile, needed: str) -> None:
    data = [name for name in wheel.namelist() if name.startswith(needed) and not name.endswith(".py")]
    assert data


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_tells_type_checkers_that_the_package_is_typed(wheel: zipfile.ZipFile, package: str) -> None:
    assert f"{package}/py.typed" in wheel.namelist()


def test_the_wheel_carries_the_licence(wheel: zipfile.ZipFile, metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    (licence,) = (name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))
    assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_only_the_extra_lab_asks_for_what_the_lab_alone_imports(metadata: Message) -> None:
    requirements = metadata.get_all("Requires-Dist", [])
    assert set(metadata.get_all("Provides-Extra", [])) == {"lab", "notify", "dev"}
    of_the_lab = {
        line.split(";")[0].split(">")[0].split("<")[0].split("[")[0].strip() for line in requirements if "'lab'" in line
    }
    assert of_the_lab == {"moto", "flask", "werkzeug", "a2wsgi", "cbor2"}
    always = [line for line in requirements if "extra ==" not in line]
    assert always and not [line for line in always if line.startswith(tuple(of_the_lab))]


def test_the_wheel_installs_the_command_and_one_for_each_server(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    lines = [line for line in wheel.read(name).decode().splitlines() if " = " in line]
    assert {line.partition(" = ")[0] for line in lines} == {"sre-agent", *(f"sre-agent-mcp-{name}" for name in SERVERS)}


def test_the_metadata_leads_to_the_project_and_tells_what_it_is(metadata: Message) -> None:
    urls = {line.partition(", ")[0] for line in metadata.get_all("Project-URL", [])}
    assert {"Homepage", "Repository", "Issues", "Changelog"} <= urls
    assert metadata["Keywords"] and "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).strip() == (ROOT / PROJECT["readme"]).read_text(encoding="utf-8").strip()


def test_a_wheel_built_from_the_source_distribution_is_the_same(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    with tarfile.open(build("sdist", ROOT, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("sre_agent-*")
    again = zipfile.ZipFile(build("wheel", source, tmp_path / "wheel"))
    assert contents(again) == contents(wheel)
    assert {(source / name).is_file() for name in ("CHANGELOG.md", "LICENSE", "requirements.lock")} == {True}
