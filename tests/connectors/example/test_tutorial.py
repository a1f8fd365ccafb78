"""The tutorial of connectors is the example, and the example is installed, found, tried, tested and removed."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "deloteka-library-cards"
PAGE = ROOT / "docs" / "tutorial" / "your-first-connector.md"
_FILES = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own, which sees what the environment of these tests has."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)  # noqa: S603
    sites = sysconfig.get_path("purelib", vars={"base": str(folder)})
    line = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    (Path(sites) / "environment_of_the_tests.pth").write_text(line)
    return folder / "bin" / "python"


def blocks() -> list[list[str]]:
    """Lines of each console block."""
    return [found.splitlines() for found in _CONSOLE.findall(PAGE.read_text(encoding="utf-8"))]


def run(command: str, python: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the page in the other environment; pip asks no index there."""
    pip = f"{sys.executable} -m pip --python {python} --disable-pip-version-check"
    programs = {
        ".venv/bin/python -m pip install": f"{pip} install --no-index --quiet",
        ".venv/bin/python -m pip": pip,
        ".venv/bin/python -m pytest": f"{python} -m pytest -p no:cacheprovider",
        ".venv/bin/deloteka": f"{python} -m core.cli",
        ".venv/bin/python": str(python),
    }
    written = next(program for program in programs if command.startswith(program))
    command = programs[written] + command.removeprefix(written)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(  # noqa: S602 - the commands are those of our own page
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def test_the_files_of_the_tutorial_are_those_of_the_example() -> None:
    told = dict(_FILES.findall(PAGE.read_text(encoding="utf-8")))
    there = {
        path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in EXAMPLE.rglob("*")
        if path.suffix in {".py", ".toml"}
    }
    assert told == there


def test_the_tutorial_leads_to_the_end(python: Path) -> None:
    for block in blocks():
        said = ""
        for line in block:
            if line.startswith("$ "):
                done = run(line[2:], python)
                assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
                said = done.stdout
            else:
                assert line in said.splitlines()
        if "pytest" in block[0]:
            assert re.search(r"^\d+ passed", said, re.MULTILINE), said


def test_a_connector_that_was_removed_is_missed_and_harms_nothing(python: Path) -> None:
    done = run(f".venv/bin/deloteka plugins list --config {EXAMPLE / 'config.toml'}", python)
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
    assert "failed" in lines["library_cards"], done.stdout + done.stderr
    assert "active" in lines["pdf"]
