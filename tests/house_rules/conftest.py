"""What the house rules look at: every file that belongs to the project, found without asking git."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = {"build", "data", "dist", "htmlcov", "__pycache__"}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".typ",
    ".sql",
    ".html",
    ".css",
    ".js",
    ".po",
    ".pot",
    ".json",
    ".sh",
    ".lock",
    ".cfg",
    "",
}


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name in FOREIGN or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir():
            # of the hidden folders only the one with the steps of CI is ours
            if not entry.name.startswith(".") or entry.name == ".ci":
                yield from _walk(entry)
        elif entry.is_file():
            yield entry


@pytest.fixture(scope="session")
def project_files() -> dict[str, Path]:
    """Every file of the project by its path from the root."""
    return {path.relative_to(ROOT).as_posix(): path for path in _walk(ROOT)}


@pytest.fixture(scope="session")
def texts(project_files: dict[str, Path]) -> dict[str, str]:
    """The contents of every text file of the project."""
    return {name: path.read_text(encoding="utf-8") for name, path in project_files.items() if path.suffix in TEXT}


@pytest.fixture(scope="session")
def product_code(texts: dict[str, str]) -> dict[str, str]:
    """The Python modules of the four packages."""
    packages = ("core/", "plugins/", "retention/", "storage/")
    return {name: text for name, text in texts.items() if name.startswith(packages) and name.endswith(".py")}
