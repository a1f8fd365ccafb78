"""Where things lie, how they are called, how long they are."""

import re
from pathlib import Path

import pathspec

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "plugins", "retention", "storage")
LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "stuff"}
MARKERS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def test_no_file_is_longer_than_a_reader_can_hold(texts: dict[str, str]) -> None:
    code = (".py", ".sql", ".typ", ".html", ".css", ".sh")
    lengths = {name: text.count("\n") for name, text in texts.items() if name.endswith(code)}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_file_and_no_folder_has_a_name_that_says_nothing(project_files: dict[str, Path]) -> None:
    vague = [name for name in project_files if VAGUE & {Path(part).stem.strip("_") for part in name.split("/")}]
    assert vague == []


def test_nothing_is_left_for_later_in_a_comment(texts: dict[str, str]) -> None:
    marked = [
        f"{name}:{number}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if not name.endswith(".lock") and MARKERS.search(line)
    ]
    assert marked == []


def test_tests_are_no_packages_and_hide_none_of_ours() -> None:
    folders = [path for path in (ROOT / "tests").rglob("*") if path.is_dir()]
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    assert [path for path in folders if path.name in PACKAGES] == []


def test_every_package_says_that_it_is_typed() -> None:
    assert [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()] == []


def test_every_folder_of_a_package_is_a_package(project_files: dict[str, Path]) -> None:
    folders = {Path(name).parent for name in project_files if name.startswith(PACKAGES) and name.endswith(".py")}
    assert [folder for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []


def test_the_four_packages_are_not_ignored_by_git(project_files: dict[str, Path]) -> None:
    assert [name for name in project_files if name.endswith(".gitignore")] == [".gitignore"]
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    wanted = [name for name in project_files if name.startswith(tuple(f"{package}/" for package in PACKAGES))]
    assert wanted
    assert list(ignored.match_files([*wanted, *(f"{package}/any/new.py" for package in PACKAGES)])) == []


def test_no_module_in_the_root_hides_a_package() -> None:
    assert [path.name for path in ROOT.glob("*.py") if path.stem in PACKAGES] == []
