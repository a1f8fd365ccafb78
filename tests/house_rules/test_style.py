"""The tools that read code have nothing to say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=["rules", "format", "types"],
)
def test_a_tool_finds_nothing(command: list[str]) -> None:
    tool = Path(sys.executable).with_name(command[0])
    # the tool itself is not measured
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    answer = subprocess.run(  # noqa: S603  # our own tools, from the environment that runs this test
        [str(tool), *command[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_exception_to_a_rule_gives_a_reason() -> None:
    section = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.ruff.lint]")[2]
    section = section.partition("[tool.ruff.lint.flake8-builtins]")[0]
    rules = [line.strip() for line in section.splitlines() if line.strip().startswith('"') and "= [" not in line]
    assert len(rules) > 10
    assert [line for line in rules if "#" not in line] == []
