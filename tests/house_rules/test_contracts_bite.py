"""Each import contract of pyproject.toml is broken on purpose in a small copy of the house."""

import os
import shutil
import subprocess
import sys
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


def check(house: Path, *options: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(  # noqa: S603  # our own tool, from the environment that runs this test
        [str(tool), "--no-cache", "--no-logo", *options],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(("contract", "module", "statement"), FORBIDDEN)
def test_a_contract_is_broken_by_what_it_forbids(tmp_path: Path, contract: str, module: str, statement: str) -> None:
    answer = check(house_with(tmp_path, module, statement), "--contract", contract)
    assert answer.returncode == 1, answer.stdout
    assert "0 kept, 1 broken" in answer.stdout, answer.stdout


@pytest.mark.parametrize(("contract", "module", "statement"), ALLOWED)
def test_a_contract_is_kept_by_what_it_allows(tmp_path: Path, contract: str, module: str, statement: str) -> None:
    answer = check(house_with(tmp_path, module, statement), "--contract", contract)
    assert "1 kept, 0 broken" in answer.stdout, answer.stdout


def test_the_house_keeps_every_contract() -> None:
    answer = check(ROOT)
    assert answer.returncode == 0, answer.stdout
