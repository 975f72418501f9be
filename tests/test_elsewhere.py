"""The files for other places than GitHub are what those places read, and what they run is what the program takes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.cli import main
from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.core.shards import read_shard
from reconciler.render.metrics import LookTimes, metrics_text
from tests.support.fleet import Fleet
from tests.support.metrics import families, numbers
from tests.support.readme import ROOT, page, table

FOLDER = ROOT / "elsewhere"
PAGE = page("elsewhere")
PROGRAM = "/opt/reconciler/bin/reconciler"
METRICS = "/var/lib/reconciler/drift.prom"


def yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


class Unit(ConfigParser):
    """A unit of systemd. A key keeps its case, and one that stands twice in a section is an error here."""

    def optionxform(self, optionstr: str) -> str:
        """Return the key as it stands."""
        return optionstr


def unit(name: str) -> ConfigParser:
    found = Unit(interpolation=None)
    found.read_string(read(name))
    return found


def test_the_page_links_every_file_and_every_file_is_linked() -> None:
    linked = set(re.findall(r"\]\(\.\./elsewhere/([^)]+)\)", PAGE))
    assert linked == {path.name for path in FOLDER.iterdir()}


def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def test_the_hooks_that_the_page_names_are_those_that_there_are() -> None:
    (block,) = (yaml(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "hooks:" in one)
    assert [hook["id"] for hook in block["repos"][0]["hooks"]] == list(hooks())
    assert all(hook["language"] == "python" and not hook["pass_filenames"] for hook in hooks().values())


@pytest.mark.parametrize("hook", hooks())
@pytest.mark.parametrize("folder", ["", "staging"])
def test_a_hook_passes_on_good_files_and_its_pattern_finds_them(tmp_path: Path, hook: str, folder: str) -> None:
    root = tmp_path / folder
    shutil.copytree(ROOT / "profiles", root / "profiles")
    shutil.copytree(ROOT / "schemas", root / "schemas")
    found = [path.relative_to(tmp_path).as_posix() for path in root.rglob("*") if path.is_file()]
    assert any(re.search(hooks()[hook]["files"], name) for name in found)
    program, *words = shlex.split(hooks()[hook]["entry"])
    assert (program, main([*words, "-C", str(root)])) == ("reconciler", 0)


def test_a_hook_fails_on_a_wrong_file(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    (tmp_path / "profiles" / "berlin.yaml").write_text("account: nothing\n", encoding="utf-8")
    assert main(["validate", "-C", str(tmp_path)]) == 1
    assert main(["schema", "--check", "-C", str(tmp_path)]) == 1


def test_the_hook_that_formats_writes_what_pre_commit_then_shows(tmp_path: Path) -> None:
    """It stops a commit by the files that it changed, so it ends with 0, and finds nothing the second time."""
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    file = tmp_path / "profiles" / "berlin.yaml"
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([head, "mode: managed", *lines]) + "\n", encoding="utf-8")
    before = file.read_bytes()
    program, *words = shlex.split(hooks()["reconciler-fmt"]["entry"])
    assert (program, main([*words, "-C", str(tmp_path)])) == ("reconciler", 0)
    after = file.read_bytes()
    assert after != before
    assert main([*words, "-C", str(tmp_path)]) == 0
    assert file.read_bytes() == after
    assert main(["validate", "-C", str(tmp_path)]) == 0


def steps() -> list[tuple[str, str]]:
    """Return the instructions of the container file, each with its words on one line."""
    lines = [line for line in read("Containerfile").splitlines() if not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", "").splitlines()
    return [(name, " ".join(words.split())) for name, _, words in (line.partition(" ") for line in whole if line)]


def test_the_container_is_pinned_small_and_not_of_root() -> None:
    names = [name for name, _ in steps()]
    bases = {words.removesuffix(" AS build") for name, words in steps() if name == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", bases.pop())
    last = names[len(names) - names[::-1].index("FROM") :]
    assert last == ["RUN", "COPY", "ENV", "WORKDIR", "USER", "ENTRYPOINT"]
    said = dict(steps())
    assert re.fullmatch(r"[1-9][0-9]+:[1-9][0-9]+", said["USER"])
    assert yaml(said["ENTRYPOINT"]) == [PROGRAM]
    assert "ADD" not in names


def test_the_base_is_a_python_that_is_tested() -> None:
    (version,) = set(re.findall(r"^FROM python:(\d\.\d+)-", read("Containerfile"), re.MULTILINE))
    assert f'Programming Language :: Python :: {version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_what_the_container_copies_is_there_and_is_all_that_the_package_is_built_of() -> None:
    copied = [words.split()[:-1] for name, words in steps() if name == "COPY" and not words.startswith("--from")]
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {"README.md", "LICENSE", "pyproject.toml", "reconciler"} <= {name for names in copied for name in names}
    assert 'readme = "README.md"' in project


def test_every_package_of_the_container_is_held_by_its_hash() -> None:
    installs = re.findall(r"pip [^&]*install [^&]*", " ".join(words for name, words in steps() if name == "RUN"))
    assert len(installs) == 2
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(installs[0].split())
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(installs[1].split())


@pytest.mark.parametrize("script", [words for name, words in steps() if name == "RUN"])
def test_a_step_of_the_container_is_sound_shell(script: str) -> None:
    program = Path(sys.executable).parent / "shellcheck"
    ran = subprocess.run([program, "--shell=sh", "-"], input=script, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


def pod() -> dict[str, Any]:
    found: dict[str, Any] = yaml(read("cronjob.yaml"))["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def test_the_pod_is_confined() -> None:
    spec = pod()
    assert (spec["automountServiceAccountToken"], spec["restartPolicy"]) == (False, "Never")
    assert spec["securityContext"]["runAsNonRoot"]
    user = f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}"
    assert user == dict(steps())["USER"]
    for one in (*spec["initContainers"], *spec["containers"]):
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["resources"]["limits"]


def test_the_pod_mounts_what_it_declares_and_two_looks_never_meet() -> None:
    spec = pod()
    containers = [*spec["initContainers"], *spec["containers"]]
    mounted = {mount["name"] for one in containers for mount in one["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]}
    assert yaml(read("cronjob.yaml"))["spec"]["concurrencyPolicy"] == "Forbid"
    (looking,) = spec["containers"]
    (folder,) = (one["value"] for one in looking["env"] if one["name"] == "RECONCILER_SECRETS_DIR")
    assert folder in {mount["mountPath"] for mount in looking["volumeMounts"] if mount.get("readOnly")}


def test_the_volumes_of_secrets_are_for_the_programs_user_alone() -> None:
    assert {one["secret"]["defaultMode"] for one in pod()["volumes"] if "secret" in one} == {0o440}


def test_the_shards_are_the_same_pod_and_each_looks_at_a_part_of_its_own() -> None:
    job = yaml(read("shards.yaml"))["spec"]
    one, other = job["template"]["spec"], pod()
    mine, its = one["containers"][0], other["containers"][0]
    assert {name: part for name, part in one.items() if name != "containers"} == {
        name: part for name, part in other.items() if name != "containers"
    }
    assert all(mine[name] == its[name] for name in ("image", "securityContext", "resources", "volumeMounts"))
    # A pod that told no person would look for nothing.
    assert mine["env"] == its["env"]
    assert its["args"][-2:] == ["--notify", "slack=file:RECONCILER_NOTIFY_URL"]
    assert (job["completionMode"], mine["command"]) == ("Indexed", ["sh", "-c"])
    (script,) = mine["args"]
    words = shlex.split(script.replace("$((JOB_COMPLETION_INDEX + 1))", "8"))
    assert words[-2:] == its["args"][-2:]
    number = job["completions"]
    assert number == job["parallelism"]
    assert words[words.index("--shard") + 1] == f"{number}/{number}"
    assert read_shard(f"{number}/{number}") is not None


def looks() -> Iterator[list[str]]:
    """Yield the words of each look, as its place starts it."""
    yield [PROGRAM, *pod()["containers"][0]["args"]]
    (script,) = yaml(read("shards.yaml"))["spec"]["template"]["spec"]["containers"][0]["args"]
    _, _, *words = shlex.split(script.replace("$((JOB_COMPLETION_INDEX + 1))", "1"))
    yield [PROGRAM, *words]
    yield shlex.split(unit("reconciler-drift.service")["Service"]["ExecStart"])
    (line,) = (line for line in read("crontab").splitlines() if re.match(r"[0-9*]", line))
    schedule = re.fullmatch(r"(\d+) (\d+) \* \* \* (.*)", line)
    assert schedule
    assert "%" not in schedule[3]
    yield shlex.split(schedule[3].rpartition(" && ")[2])


@pytest.mark.parametrize("words", [*looks()], ids=["kubernetes", "a shard", "systemd", "cron"])
def test_a_look_is_one_that_the_program_takes_and_it_finds_its_secret_in_a_file(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """In the sandbox, with a local ledger: the files are in a folder of this machine, and there is no remote."""
    fleet.profile(about="Fresh bread")
    fleet.apply()
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "META_TOKEN").write_text("token-in-a-file\n", encoding="utf-8")
    settings = fleet.root / "profiles" / "reconciler.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("env: META_TOKEN", "file: META_TOKEN"), encoding="utf-8"
    )
    monkeypatch.setenv("RECONCILER_SECRETS_DIR", str(tmp_path / "credentials"))
    monkeypatch.chdir(fleet.root)
    file, places = tmp_path / "drift.prom", {METRICS: "", "/repository/profiles": ".", "git": "local"}
    assert words[0] == PROGRAM
    code = main([str(file) if word == METRICS else places.get(word, word) for word in words[1:]])
    assert code == 0
    assert METRICS not in words or numbers(file.read_text())["differences"] == 0


def test_the_units_belong_together_and_the_credentials_reach_the_service_alone() -> None:
    service, timer = unit("reconciler-drift.service"), unit("reconciler-drift.timer")
    assert (timer["Timer"]["Persistent"], timer["Install"]["WantedBy"]) == ("true", "timers.target")
    assert service["Service"]["Environment"] == "RECONCILER_SECRETS_DIR=%d"
    assert service["Service"]["LoadCredential"].startswith("META_TOKEN:/")
    assert service["Service"]["Type"] == "oneshot"
    assert f"/var/lib/{service['Service']['StateDirectory']}/" in METRICS


def written() -> str:
    times = LookTimes(ended=1_796_200_000, seconds=1.5)
    return metrics_text(Handover(kind=HandoverKind.DRIFT, text="", complete=True), times)


def test_the_page_says_every_number_and_its_name() -> None:
    names = {family.name for family in families(written())}
    assert {name.strip("`") for name in table(PAGE, "## A look that did not happen")} == names


def test_the_alerts_are_about_numbers_that_there_are() -> None:
    rules = [rule for group in yaml(read("alerts.yaml"))["groups"] for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"reconciler_\w+", rule["expr"])}
    assert named <= {family.name for family in families(written())}
    assert len(named) == len(rules) == 2
