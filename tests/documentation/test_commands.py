"""The commands of README and tutorial are run as they stand, against a service of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli import COMMANDS
from demo.fresh_service import FreshService, fresh_service
from demo.play import play
from demo.scans import diploma_scan

BASH = "/bin/bash"
ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: str, *, without: tuple[str, ...] = ()) -> list[str]:
    """Return the lines after `$ ` of a page's console blocks, comments cut off."""
    blocks = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    lines = [line[2:].split("  # ")[0] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [line for line in lines if not line.startswith(without)]


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service watches folders; the pages call it /srv/scans."""
    return tmp_path_factory.mktemp("scans")


@pytest.fixture(scope="module")
def service(scans: Path) -> Iterator[FreshService]:
    with fresh_service({"DELOTEKA_CONNECTIONS__SCAN_FOLDERS": str(scans)}) as running:
        yield running


def run(lines: list[str], service: FreshService, folder: Path) -> str:
    """Run `lines` in one shell that stops at the first failure; return what it printed."""
    script = "\n".join(lines)
    script = script.replace("http://127.0.0.1:8480", service.base)
    programs = {".venv/bin/deloteka": f"{sys.executable} -m core.cli", ".venv/bin/python": sys.executable}
    script = re.sub(r"\.venv/bin/(?:deloteka|python)", lambda found: programs[found[0]], script)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DELOTEKA_SERVICE__DATA_FOLDER": str(service.folder),
        "DELOTEKA_LOG__LEVEL": "warning",
    }
    done = subprocess.run(  # noqa: S603 - the commands are those of our own pages
        [BASH, "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_readme_keeps_a_first_document(service: FreshService, tmp_path: Path) -> None:
    (tmp_path / "diploma.pdf").write_bytes(diploma_scan(7).content)
    run(commands("README.md", without=("make ",)), service, tmp_path)
    assert (tmp_path / "back.pdf").read_bytes() == (tmp_path / "diploma.pdf").read_bytes()


def test_the_tutorial_leads_to_the_end(service: FreshService, tmp_path: Path) -> None:
    said = run(commands("docs/tutorial/first-document.md", without=("make ",)), service, tmp_path)
    assert "Примеров" in said


def test_the_command_line_page_tells_the_truth(service: FreshService, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("plain text", encoding="utf-8")
    lines = [line.replace("deloteka ", ".venv/bin/deloteka ", 1) for line in commands("docs/reference/command-line.md")]
    assert '"verdict"' in run(lines, service, tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "docs/how-to/use-external-servers.md",
        "docs/how-to/back-up-and-restore.md",
        "docs/how-to/papers-and-signatures.md",
        "docs/how-to/connect-a-platform.md",
        "docs/how-to/run-an-import.md",
        "docs/how-to/classes-and-staff.md",
        "docs/how-to/archive-a-study-period.md",
        "docs/how-to/results-and-rewards.md",
    ],
)
def test_the_checks_of_the_how_tos_pass(page: str, service: FreshService, tmp_path: Path) -> None:
    lines = [line.replace("deloteka ", ".venv/bin/deloteka ", 1) for line in commands(page)]
    assert run(lines, service, tmp_path)


def test_a_folder_for_scans_is_watched(service: FreshService, scans: Path, tmp_path: Path) -> None:
    page = [
        line.replace("deloteka ", ".venv/bin/deloteka ", 1) for line in commands("docs/how-to/scan-into-a-folder.md")
    ]
    said = run([line.replace("/srv/scans", str(scans)) for line in page], service, tmp_path)
    assert "Файл «setup.exe» не принят." in said
    assert '"state":"kept"' in said


def test_every_make_target_of_the_readme_exists() -> None:
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()}
    named = {line.split()[1] for line in commands("README.md") if line.startswith("make ")}
    assert named == {"run", "test"}
    assert named <= targets


def test_every_command_stands_in_the_reference() -> None:
    page = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`deloteka {name}" not in page] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_demonstration_plays_to_its_end(service: FreshService) -> None:
    said: list[str] = []
    play(service, said.append)
    assert any("equal" in line for line in said)
