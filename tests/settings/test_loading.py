import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.kernel.settings import Settings
from core.kernel.settings_loading import SettingsError, database_urls, load_settings
from core.kernel.settings_report import settings_report
from core.kernel.settings_secrets import MASK

EXTERNAL = '[database]\nurl = "postgresql://app@db:5432/deloteka"\nowner_url = "postgresql://own@db:5432/deloteka"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path, **variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, variables)
    return str(caught.value)


def secret_file(folder: Path, content: str = "s3cret\n", mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={})
    assert settings.service.port == Settings().service.port
    assert settings.service.data_folder == tmp_path / "data"


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    assert "there is no such file" in faults(tmp_path / "missing.toml")
    with pytest.raises(SettingsError, match="there is no such file"):
        load_settings(environ={"DELOTEKA_CONFIG": str(tmp_path / "missing.toml")})


def test_the_variable_names_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[service]\nport = 9001\n")
    assert load_settings(environ={"DELOTEKA_CONFIG": str(path)}).service.port == 9001


def test_a_variable_overrides_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[service]\nport = 9001\nprocesses = 3\n")
    settings = load_settings(path, {"DELOTEKA_SERVICE__PORT": "9002", "UNRELATED": "x"})
    assert (settings.service.port, settings.service.processes) == (9002, 3)
    assert settings.origin("service.port").where == "DELOTEKA_SERVICE__PORT"
    assert settings.origin("service.processes").where == "config.toml:3"
    assert settings.origin("service.host").source == "default"


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[service]\ndata_folder = "somewhere/else"\n')
    assert load_settings(path, {}).service.data_folder == tmp_path / "somewhere" / "else"
    assert load_settings(path, {"DELOTEKA_SERVICE__DATA_FOLDER": "/srv/x"}).service.data_folder == Path("/srv/x")


@pytest.mark.parametrize("text", ["pdf,images", '["pdf", "images"]', " pdf , images "])
def test_lists_in_variables(tmp_path: Path, text: str) -> None:
    settings = load_settings(written(tmp_path, ""), {"DELOTEKA_PLUGINS__ENABLED": text})
    assert settings.plugins.enabled == ("pdf", "images")


def test_settings_of_plugins_are_merged_from_file_and_variables(tmp_path: Path) -> None:
    path = written(tmp_path, '[plugins.clamav]\nsocket = "/a"\ntimeout = 3\n[plugins.pdf.limits]\npages = 5\n')
    variables = {
        "DELOTEKA_PLUGINS__CLAMAV__SOCKET": "/b",
        "DELOTEKA_PLUGINS__CLAMAV__PASSWORD": "hush",
        "DELOTEKA_PLUGINS__MOODLE__COURSES": "[1, 2]",
    }
    tables = load_settings(path, variables).plugins.settings
    assert tables["clamav"] == {"socket": "/b", "timeout": 3, "password": SecretStr("hush")}
    assert tables["pdf"] == {"limits": {"pages": 5}}
    assert tables["moodle"] == {"courses": [1, 2]}


@pytest.mark.parametrize(
    ("text", "named", "nearest"),
    [
        ("[service]\nprot = 1\n", "service.prot (config.toml:2)", "service.port"),
        ("[servise]\nport = 1\n", "servise.port (config.toml:2)", "[service]"),
        ("[servise]\n", "servise (config.toml:1)", "[service]"),
        ("port = 1\n", "port (config.toml:1)", ""),
        ("[log]\nport = 1\n", "log.port (config.toml:2)", "service.port"),
        ("[plugins]\nenable = []\n", "plugins.enable (config.toml:2)", "[plugins.enable]"),
        ("service = 1\n", "service (config.toml:1)", "[service]"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_one(
    tmp_path: Path, text: str, named: str, nearest: str
) -> None:
    said = faults(written(tmp_path, text))
    assert named in said
    assert nearest in said


@pytest.mark.parametrize(
    "name",
    ["DELOTEKA_SERVICE_PORT", "DELOTEKA_SERVICE__PROT", "DELOTEKA_PLUGINS__CLAMAV", "DELOTEKA_", "DELOTEKA_SERVICE"],
)
def test_an_unknown_variable_stops_the_start(tmp_path: Path, name: str) -> None:
    assert name in faults(written(tmp_path, ""), **{name: "1"})


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ('[storage]\nsecret_key = "hush"\n', "DELOTEKA_STORAGE__SECRET_KEY"),
        ('[database]\npassword = "hush"\n', "password_file"),
        ('[database]\nurl = "postgresql://a:hush@db/x"\n', "DELOTEKA_DATABASE__PASSWORD"),
        ('[storage]\nendpoint = "https://a:hush@s3.example.org"\n', "user and password"),
        ('[plugins.moodle]\ntoken = "hush"\n', "DELOTEKA_PLUGINS__MOODLE__TOKEN"),
        ('[plugins.moodle]\naddress = "https://a:hush@lms.example.org"\n', "DELOTEKA_PLUGINS__MOODLE__ADDRESS"),
        ('[[plugins.moodle.sites]]\ntoken = "hush"\n', "DELOTEKA_PLUGINS__MOODLE__SITES"),
    ],
)
def test_a_secret_in_the_file_stops_the_start_and_is_not_repeated(tmp_path: Path, text: str, remedy: str) -> None:
    said = faults(written(tmp_path, text))
    assert remedy in said
    assert "hush" not in said


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    said = faults(
        written(tmp_path, '[service]\nport = "x"\nprot = 1\n[log]\nlevel = "loud"\n[storage]\nsecret_key = "hush"\n'),
        DELOTEKA_NONSENSE="1",
    )
    assert "5 faults" not in said  # the secret without an endpoint is a sixth
    for part in ("service.port", "service.prot", "log.level", "storage.secret_key", "DELOTEKA_NONSENSE"):
        assert part in said


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[database]\nurl = "postgresql://a@db/x"\n', "database.owner_url"),
        ('[database]\nurl = "mysql://a@db/x"\nowner_url = "postgresql://a@db/x"\n', "postgresql://"),
        ('[storage]\nendpoint = "https://s3.example.org"\n', "storage.access_key"),
        ('[storage]\nendpoint = "https://s3.example.org"\naccess_key = "k"\n', "storage.secret_key"),
        ('[storage]\nendpoint = "s3.example.org"\naccess_key = "k"\n', "http://"),
        ('[storage]\naccess_key = "k"\n', "storage.endpoint"),
        ('[service]\npublic_url = "http://a.example.org"\nsecure_cookies = true\n', "service.secure_cookies"),
        ('[service]\npublic_url = "https://a.example.org"\n', "secure_cookies = true"),
        ('[service]\npublic_url = "a.example.org"\n', "https://deloteka.example.org"),
        ('[service]\ntrusted_proxies = ["proxy"]\n', "10.0.0.0/8"),
        ("[intake]\nmax_file_bytes = 9999999999\n", "intake.max_large_file_bytes"),
        ("[access]\nsession_hours = 1\nsession_idle_minutes = 61\n", "access.session_hours"),
        ("[audit]\nanchor_minutes = 0.5\nseal_seconds = 60\n", "audit.seal_seconds"),
        ('[first_start]\ntime_zone = "Moscow"\n', "Europe/Moscow"),
        ('[plugins]\nenabled = ["pdf", "pdf"]\n', "twice"),
        ("[plugins.enabled]\nx = 1\n", "plugins.enabled"),
        ("[service\n", "not valid TOML"),
        ('[service]\ndata_folder = ""\n', "is empty"),
    ],
)
def test_contradictions_stop_the_start(tmp_path: Path, text: str, part: str) -> None:
    assert part in faults(written(tmp_path, text))


def test_a_password_without_an_address_stops_the_start(tmp_path: Path) -> None:
    assert "database.url" in faults(written(tmp_path, ""), DELOTEKA_DATABASE__PASSWORD="hush")


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    secret_file(tmp_path, "pa:ss/wörd\n")
    settings = load_settings(
        written(tmp_path, EXTERNAL + 'password_file = "secret"\n'), {"DELOTEKA_DATABASE__OWNER_PASSWORD": "own er"}
    )
    assert database_urls(settings) == (
        "postgresql://app:pa%3Ass%2Fw%C3%B6rd@db:5432/deloteka",
        "postgresql://own:own%20er@db:5432/deloteka",
    )
    assert settings.cautions == ()


def test_the_secret_file_of_a_plugin_becomes_its_secret(tmp_path: Path) -> None:
    secret_file(tmp_path)
    settings = load_settings(written(tmp_path, '[plugins.moodle]\ntoken_file = "secret"\n'), {})
    assert settings.plugins.settings == {"moodle": {"token": SecretStr("s3cret")}}


def test_a_file_that_everybody_may_read_is_cautioned(tmp_path: Path) -> None:
    secret_file(tmp_path, mode=0o644)
    settings = load_settings(written(tmp_path, EXTERNAL + 'password_file = "secret"\n'), {})
    assert "chmod" in settings.cautions[0]


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "is empty"), (b"\xff", "UTF-8"), (b"x" * 100_000, "too long"), (None, "not exist")]
)
def test_a_file_that_holds_no_secret_stops_the_start(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    assert reason in faults(written(tmp_path, EXTERNAL + 'password_file = "secret"\n'))


def test_a_folder_instead_of_a_secret_stops_the_start(tmp_path: Path) -> None:
    assert "cannot be read" in faults(written(tmp_path, EXTERNAL + 'password_file = "."\n'))


def test_a_secret_and_its_file_exclude_each_other(tmp_path: Path) -> None:
    secret_file(tmp_path)
    said = faults(written(tmp_path, EXTERNAL + 'password_file = "secret"\n'), DELOTEKA_DATABASE__PASSWORD="hush")
    assert "Keep one of the two" in said


def test_a_password_in_the_variable_of_an_address_is_kept_apart(tmp_path: Path) -> None:
    variables = {
        "DELOTEKA_DATABASE__URL": "postgresql://app:hush%21@db/x",
        "DELOTEKA_DATABASE__OWNER_URL": "postgresql://own:hush2@db/x",
    }
    settings = load_settings(written(tmp_path, ""), variables)
    assert "hush" not in repr(settings)
    assert database_urls(settings)[0] == "postgresql://app:hush%21@db/x"
    said = faults(written(tmp_path, ""), **variables, DELOTEKA_DATABASE__PASSWORD="other")
    assert "Keep one of the two" in said


def test_the_embedded_server_has_no_addresses_to_assemble() -> None:
    with pytest.raises(ValueError, match="embedded"):
        database_urls(Settings())


@pytest.mark.parametrize("name", ["DELOTEKA_DATABASE__PASSWORD", "DELOTEKA_PLUGINS__MOODLE__TOKEN"])
def test_an_empty_secret_stops_the_start(tmp_path: Path, name: str) -> None:
    assert "is empty" in faults(written(tmp_path, EXTERNAL), **{name: ""})


def test_a_list_that_is_no_json_stops_the_start(tmp_path: Path) -> None:
    assert "not valid JSON" in faults(written(tmp_path, ""), DELOTEKA_PLUGINS__ENABLED="[pdf")


def test_a_plugin_key_below_a_plain_value_stops_the_start(tmp_path: Path) -> None:
    path = written(tmp_path, '[plugins.clamav]\nsocket = "/a"\n')
    assert "no table" in faults(path, DELOTEKA_PLUGINS__CLAMAV__SOCKET__MODE="1")


def test_a_file_in_another_encoding_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[first_start]\ninstitution = "Школа"\n'.encode("cp1251"))
    assert "UTF-8" in faults(path)


def test_a_folder_instead_of_a_file_stops_the_start(tmp_path: Path) -> None:
    assert "cannot be read" in faults(tmp_path)


def test_the_report_masks_secrets_and_says_who_set_what(tmp_path: Path) -> None:
    path = written(tmp_path, EXTERNAL + "[plugins.moodle]\ncourses = [1]\n")
    variables = {
        "DELOTEKA_DATABASE__PASSWORD": "hush",
        "DELOTEKA_PLUGINS__MOODLE__TOKEN": "hush",
        "DELOTEKA_PLUGINS__MOODLE__ADDRESS": "https://a:hush@lms.example.org",
        "DELOTEKA_PLUGINS__MOODLE__SITES": '[{"token": "hush"}]',
    }
    report = {line.key: line for line in settings_report(load_settings(path, variables))}
    assert "hush" not in str(report)
    assert report["database.password"].value == report["plugins.moodle.token"].value == MASK
    assert report["database.password"].origin.source == "environment"
    assert report["database.url"].origin.where == "config.toml:2"
    assert report["plugins.moodle.address"].value == "https://a@lms.example.org"
    assert report["plugins.moodle.courses"].value == ["1"]
    assert report["service.port"].origin.source == "default"


def test_the_environment_of_the_process_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DELOTEKA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DELOTEKA_SERVICE__PORT", "9009")
    assert load_settings(written(tmp_path, "")).service.port == 9009
