"""`deloteka plugins`: what an administrator sees."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli.plugins import plugins


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that enable a built-in plugin, one that fails, and one from outside that brings commands."""
    site = tmp_path / "site-packages"
    info = site / "greetings-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greetings\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[deloteka.plugins]\ngreetings = greetings_plugin\nidle = idle_plugin\n")
    (site / "greetings_plugin.py").write_text(
        "import click\nfrom core.sdk import hookimpl\n\n\n"
        "@click.command()\n@click.argument('name')\ndef greet(name):\n    click.echo(f'Good morning, {name}')\n\n\n"
        "@hookimpl\ndef register_commands():\n    return [greet]\n"
    )
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(sys, "modules", {k: v for k, v in sys.modules.items() if k != "greetings_plugin"})
    file = tmp_path / "config.toml"
    file.write_text('[plugins]\nenabled = ["images", "imagse", "greetings"]\n')
    return file


def run(*arguments: str | Path) -> tuple[int, str]:
    answer = CliRunner().invoke(plugins, [str(argument) for argument in arguments])
    return answer.exit_code, answer.output


def test_the_list_shows_one_line_a_plugin(config: Path) -> None:
    code, text = run("list", "--config", config)
    rows = {line.split()[0]: line.split(maxsplit=4)[1:] for line in text.splitlines()}
    assert code == 0
    assert rows["images"][1:] == ["built-in", "active"]
    assert rows["imagse"] == [
        "unknown",
        "unknown",
        "failed",
        "no plugin of this name is installed; did you mean 'images'?",
    ]
    assert rows["greetings"] == ["1.2", "greetings", "active"]
    assert rows["idle"] == ["1.2", "greetings", "disabled", "not named in plugins.enabled"]
    assert rows["pdf"][1:] == ["built-in", "disabled", "not named in plugins.enabled"]


def test_the_list_is_a_json_array_too(config: Path) -> None:
    code, text = run("list", "--json", "--config", config)
    rows = json.loads(text)
    assert code == 0
    assert [row["name"] for row in rows[:3]] == ["images", "imagse", "greetings"]
    assert rows[2] == {
        "name": "greetings",
        "version": "1.2",
        "origin": "greetings",
        "status": "active",
        "reason": None,
    }


def test_a_command_of_a_plugin_can_be_run(config: Path) -> None:
    assert run("run", "--config", config, "greetings", "greet", "Anna") == (0, "Good morning, Anna\n")


def test_help_names_the_plugins_that_bring_commands(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELOTEKA_CONFIG", str(config))
    code, text = run("run", "--help")
    assert code == 0
    assert "greetings  Commands of the plugin 'greetings'." in text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("images", "plugin 'images': it brings no commands"),
        ("imagse", "plugin 'imagse': no plugin of this name is installed"),
        ("idle", "no plugin 'idle' is enabled; see: deloteka plugins list"),
    ],
)
def test_a_plugin_without_commands_says_why(config: Path, name: str, reason: str) -> None:
    code, text = run("run", "--config", config, name, "greet")
    assert code == 1
    assert reason in text


def test_settings_that_cannot_be_used_are_reported_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[plugins]\nenabled = 5\n")
    code, text = run("list", "--config", file)
    assert code == 1
    assert "plugins.enabled" in text
    assert "Traceback" not in text
