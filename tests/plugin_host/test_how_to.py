"""The plugin of the how-to works as it is written there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "write-a-plugin.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the how-to, with the metadata that an installation would leave."""
    for name, content in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", HOW_TO.read_text(), re.DOTALL):
        (tmp_path / name).write_text(content)
    entry = re.search(r'^(line_count = "line_count")$', (tmp_path / "pyproject.toml").read_text(), re.MULTILINE)
    assert entry is not None
    info = tmp_path / "deloteka_line_count-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: deloteka-line-count\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[deloteka.plugins]\n{entry[1].replace(chr(34), '')}\n")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own interpreter, with what the how-to says
        [sys.executable, *arguments],
        cwd=project,
        env={"PYTHONPATH": f"{project}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_plugin_is_listed_as_the_how_to_promises(project: Path) -> None:
    program = "from core.cli.plugins import plugins; plugins()"
    answer = run(project, "-c", program, "list", "--json", "--config", "config.toml")
    rows = {row["name"]: row for row in json.loads(answer.stdout)}
    assert rows["line_count"] == {
        "name": "line_count",
        "version": "1.0",
        "origin": "deloteka-line-count",
        "status": "active",
        "reason": None,
    }


def test_the_tests_of_the_how_to_pass(project: Path) -> None:
    answer = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_line_count.py")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert re.search(r"^\d+ passed", answer.stdout, re.MULTILINE), answer.stdout
