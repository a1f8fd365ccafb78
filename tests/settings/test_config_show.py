import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.cli.config import config


def shown(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(config, ["show", *arguments], env=variables)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "config.toml"
    path.write_text("[service]\nport = 9001\n", encoding="utf-8")
    return str(path)


def test_config_show_prints_values_with_their_origin_and_no_secret(file: str) -> None:
    result = shown("--config", file, DELOTEKA_PLUGINS__MOODLE__TOKEN="hush")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert any(line.startswith("service.port ") and line.endswith("= 9001    # file: config.toml:2") for line in lines)
    assert any(line.startswith("service.host ") and line.endswith('= "127.0.0.1"') for line in lines)
    assert "hush" not in result.output
    assert "environment: DELOTEKA_PLUGINS__MOODLE__TOKEN" in result.output


def test_config_show_as_json(file: str) -> None:
    said = json.loads(shown("--config", file, "--json", DELOTEKA_LOG__LEVEL="debug").output)
    assert said["service.port"] == {"value": 9001, "origin": "file", "where": "config.toml:2"}
    assert said["log.level"]["origin"] == "environment"
    assert said["audit.seal_seconds"] == {"value": 1.0, "origin": "default", "where": ""}


def test_config_show_lists_the_faults(file: str) -> None:
    result = shown("--config", file, DELOTEKA_LOG__LEVEL="loud")
    assert result.exit_code == 1
    assert "log.level" in result.output


def test_config_show_cautions_against_readable_secrets(file: str, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("hush\n")
    secret.chmod(0o644)
    result = shown("--config", file, DELOTEKA_PLUGINS__MOODLE__TOKEN_FILE=str(secret))
    assert result.exit_code == 0
    assert "Caution" in result.output
    assert "hush" not in result.output
