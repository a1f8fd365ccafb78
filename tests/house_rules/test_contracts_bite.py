"""Each import contract of pyproject.toml is broken on purpose in a small copy of the house."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "core",
    "core/sdk",
    "core/kernel",
    "core/web",
    "core/inspection",
    "core/people",
    "core/documents",
    "core/personal_files",
    "core/api",
    "core/bootstrap",
    "core/console",
    "core/cli",
    "plugins",
    "plugins/one",
    "plugins/two",
    "retention",
    "storage",
    "storage/s3",
)

# contract, the module that offends, what it does
FORBIDDEN = [
    ("packages", "core/kernel/work.py", "import plugins.one"),
    ("packages", "retention/terms.py", "import core.sdk"),
    ("packages", "storage/vault.py", "import core.kernel"),
    ("packages", "retention/terms.py", "import storage"),
    ("packages", "storage/vault.py", "import retention"),
    ("layers", "core/sdk/types.py", "import core.kernel"),
    ("layers", "core/kernel/work.py", "import core.web"),
    ("layers", "core/web/paging.py", "import core.people"),
    ("layers", "core/people/verbs.py", "import core.documents"),
    ("layers", "core/personal_files/verbs.py", "import core.documents"),
    ("layers", "core/inspection/limits.py", "import core.documents"),
    ("layers", "core/documents/intake.py", "import core.api"),
    ("layers", "core/api/app.py", "import core.console"),
    ("layers", "core/api/app.py", "import core.bootstrap"),
    ("layers", "core/bootstrap/parts.py", "import core.cli"),
    ("layers", "core/misplaced/__init__.py", ""),
    ("plugin-door", "plugins/one/hooks.py", "import core.kernel"),
    ("plugin-door", "plugins/one/hooks.py", "from core import web"),
    ("plugin-door", "plugins/one/hooks.py", "import core.bootstrap"),
    ("plugin-door", "plugins/one/hooks.py", "import retention.lifecycle"),
    ("plugin-door", "plugins/one/hooks.py", "import storage"),
    ("plugins-apart", "plugins/one/hooks.py", "import plugins.two"),
    ("retention-pure", "retention/terms.py", "import time"),
    ("retention-pure", "retention/terms.py", "import random"),
    ("retention-pure", "retention/terms.py", "from pathlib import Path"),
    ("retention-pure", "retention/terms.py", "import urllib.request"),
    ("s3-in-one-place", "storage/vault.py", "import minio"),
    ("s3-in-one-place", "core/kernel/work.py", "from minio import Minio"),
    ("web-at-the-edge", "core/kernel/work.py", "import starlette.requests"),
    ("web-at-the-edge", "core/documents/intake.py", "from fastapi import Request"),
    ("web-at-the-edge", "plugins/one/hooks.py", "import fastapi"),
    ("orm-below-web", "core/web/paging.py", "from tortoise import Model"),
    ("orm-below-web", "core/inspection/limits.py", "import tortoise"),
    ("orm-below-web", "plugins/one/hooks.py", "import tortoise"),
    ("product-without-tools", "core/cli/play.py", "import demo.scans"),
    ("product-without-tools", "core/cli/play.py", "import numpy"),
]

ALLOWED = [
    ("packages", "core/kernel/work.py", "import retention, storage"),
    ("layers", "core/documents/intake.py", "import core.personal_files, core.inspection, core.people, core.web"),
    ("layers", "core/bootstrap/parts.py", "import core.api, core.kernel, core.console"),
    ("plugin-door", "plugins/one/hooks.py", "import core.sdk.types, retention.terms"),
    ("retention-pure", "retention/terms.py", "import dataclasses, datetime, enum"),
    ("s3-in-one-place", "storage/s3/client.py", "import minio"),
    ("web-at-the-edge", "core/documents/routes.py", "import fastapi, starlette"),
    ("web-at-the-edge", "plugins/one/routes.py", "import fastapi"),
    ("orm-below-web", "core/kernel/work.py", "import tortoise"),
    ("orm-below-web", "core/documents/intake.py", "import tortoise"),
]


def house_with(tmp_path: Path, module: str, statement: str) -> Path:
    """A house of empty rooms under the real contracts, with one statement in one module."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "__init__.py").touch()
    for name in ("core/bootstrap/parts.py", "core/sdk/types.py", "retention/terms.py", "retention/lifecycle.py"):
        (tmp_path / name).touch()
    offender = tmp_path / module
    offender.parent.mkdir(exist_ok=True)
    offender.write_text(statement + "\n")
    return tmp_path


class Linter:
    """Runs lint-imports in one folder after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def check(self, house: Path, contract: str) -> tuple[int, str]:
        """Return the exit status and what it said."""
        said = house / "said.txt"
        arguments = ["--no-cache", "--no-logo", "--contract", contract]
        order = {"folder": str(house), "arguments": arguments, "output": str(said)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline()), said.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def linter() -> Iterator[Linter]:
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("linter.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    ) as process:
        yield Linter(process)
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)


@pytest.mark.parametrize(("contract", "module", "statement"), FORBIDDEN)
def test_a_contract_is_broken_by_what_it_forbids(
    tmp_path: Path, linter: Linter, contract: str, module: str, statement: str
) -> None:
    status, said = linter.check(house_with(tmp_path, module, statement), contract)
    assert status == 1, said
    assert "0 kept, 1 broken" in said, said


@pytest.mark.parametrize(("contract", "module", "statement"), ALLOWED)
def test_a_contract_is_kept_by_what_it_allows(
    tmp_path: Path, linter: Linter, contract: str, module: str, statement: str
) -> None:
    _, said = linter.check(house_with(tmp_path, module, statement), contract)
    assert "1 kept, 0 broken" in said, said


def test_the_house_keeps_every_contract() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(  # noqa: S603 - our own tool, from the environment that runs this test
        [str(tool), "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert answer.returncode == 0, answer.stdout
