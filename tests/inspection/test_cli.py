"""`deloteka inspect`: one line a file, in the order of the files, whatever they are."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from core.cli.inspect import inspect
from tests.inspection import samples

KEYS = ["path", "verdict", "code", "media_type", "pages", "sha256", "findings", "ms"]


def run(*arguments: str, stdin: bytes = b"") -> list[dict[str, Any]]:
    result = CliRunner().invoke(inspect, ["--json", *arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.output.splitlines()]


def write(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_each_file_gets_one_line_in_the_order_of_the_paths(tmp_path: Path) -> None:
    content = samples.pdf(3)
    paths = [
        write(tmp_path, "слишком много.pdf", samples.pdf(600)),
        write(tmp_path, "диплом.pdf", content),
        str(tmp_path / "нет такого.pdf"),
        str(tmp_path),
        write(tmp_path, "empty.pdf", b""),
        write(tmp_path, "page.pdf", b"<html>"),
    ]
    lines = run(*paths)
    assert [list(line) for line in lines] == [KEYS] * len(paths)
    assert [line["path"] for line in lines] == paths
    assert [(line["verdict"], line["code"]) for line in lines] == [
        ("quarantined", "pdf_pages"),
        ("accepted", None),
        ("rejected", "unreadable"),
        ("rejected", "unreadable"),
        ("rejected", "empty"),
        ("rejected", "executable"),
    ]
    assert lines[1]["sha256"] == hashlib.sha256(content).hexdigest()
    assert (lines[1]["media_type"], lines[1]["pages"], lines[1]["findings"]) == ("application/pdf", 3, [])


def test_a_list_of_paths_is_read_from_standard_input(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a.pdf", samples.pdf()), write(tmp_path, "b.jpg", samples.image())
    lines = run("-", stdin=f"{first}\n\na\x00b\n{second}\r\n".encode())
    told = [(line["path"], line["verdict"]) for line in lines]
    assert told == [(first, "accepted"), ("a\x00b", "rejected"), (second, "accepted")]


def test_without_json_a_person_can_read_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.pdf", samples.pdf(2))
    result = CliRunner().invoke(inspect, [path], catch_exceptions=False)
    assert result.output == f"{path}: принят, application/pdf, страниц: 2\n"


def test_the_settings_name_the_plugins(tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('[plugins]\nenabled = ["pdf", "smtp"]\n[plugins.pdf]\nmax_pages = 2\n')
    path = write(tmp_path, "a.pdf", samples.pdf(3))
    (line,) = run("--config", str(settings), path)
    assert (line["verdict"], line["code"]) == ("quarantined", "pdf_pages")
    plain = CliRunner().invoke(inspect, ["--config", str(settings), path], catch_exceptions=False).output
    assert plain == f"{path}: в карантине (pdf_pages), application/pdf: В файле слишком много страниц\n"


def test_settings_that_are_not_there_end_the_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(inspect, ["--config", str(tmp_path / "none.toml"), "a.pdf"])
    assert result.exit_code == 1


def test_a_name_that_is_no_utf8_and_one_with_control_characters_are_printed_as_one_line(tmp_path: Path) -> None:
    names = [b"\xff\xfe.pdf", b"a\n\x1b[31mb.pdf"]
    for name in names:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(samples.pdf())
    program = "from core.cli.inspect import inspect; inspect()"
    paths = [bytes(tmp_path) + b"/" + name for name in names]
    for options, parse in (([b"--json"], True), ([], False)):
        command: list[str | bytes] = [sys.executable, "-c", program, *options, *paths]
        lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()  # noqa: S603
        assert len(lines) == 2
        assert b"\x1b" not in b"".join(lines)
        if parse:
            assert [os.fsencode(json.loads(line)["path"]) for line in lines] == paths
