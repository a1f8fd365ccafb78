"""A plugin's table is checked by its own model; a wrong key keeps it out and no secret comes out."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, SecretStr

from core.kernel.plugins import PluginHost, PluginSource, Status, build_host
from core.sdk import Event

EVENT = Event(id=UUID(int=1), name="x.happened", occurred_at=datetime(2026, 1, 1, tzinfo=UTC), institution_id=None)
Writer = Callable[[str, str], PluginSource]

CODE = """
import pydantic
from core.sdk import Inspection, Inspector, SettingsRefused, hookimpl


class Proxy(pydantic.BaseModel):
    host: str = ""
    user_secret: pydantic.SecretStr | None = None


class MailSettings(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    port: int = 25
    pin: pydantic.SecretStr | None = None
    own: pydantic.SecretStr = pydantic.SecretStr("built-in-secret")
    proxy: Proxy = Proxy()
    url: str = ""

    @pydantic.model_validator(mode="before")
    @classmethod
    def talkative(cls, values):
        if values.get("port") == 13:
            raise ValueError(f"port 13 is not for {values}")
        return values


class Looker(Inspector):
    name = "looker"

    def __init__(self, settings):
        self.settings = settings

    def inspect(self, candidate):
        return Inspection()


@hookimpl
def register_settings():
    return MailSettings


@hookimpl
def register_inspectors(settings):
    if settings.port == 14:
        secrets = settings.pin.get_secret_value(), settings.own.get_secret_value()
        raise SettingsRefused("port", "cannot sign in with {} {}".format(*secrets))
    return [Looker(settings)]


@hookimpl
def on_event(event, settings):
    raise RuntimeError(f"could not reach {settings.url} with {settings.pin.get_secret_value()}")
"""


def host_with(plugin: Writer, table: dict[str, Any]) -> PluginHost:
    return build_host(["mail"], {"mail": table}, given=[plugin("mail", CODE)])


def test_a_plugin_gets_its_own_validated_settings(plugin: Writer) -> None:
    host = host_with(plugin, {"port": "26", "proxy": {"host": "proxy.example.org"}})
    settings = host.catalog.inspectors[0].provider.settings  # type: ignore[attr-defined]
    assert isinstance(settings, BaseModel)
    assert (settings.port, settings.proxy.host) == (26, "proxy.example.org")  # type: ignore[attr-defined]


REFUSED = [
    ({"prot": 26}, ["plugins.mail.prot: Extra inputs are not permitted"]),
    ({"proxy": {"hots": "x"}}, ["plugins.mail.proxy.hots: Extra inputs are not permitted"]),
    ({"port": "many"}, ["plugins.mail.port: Input should be a valid integer"]),
    ({"port": "many", "url": 5}, ["plugins.mail.port", "plugins.mail.url: Input should be a valid string"]),
]


@pytest.mark.parametrize(("table", "parts"), REFUSED)
def test_settings_that_the_model_refuses_keep_the_plugin_out_and_name_each_key(
    plugin: Writer, table: dict[str, Any], parts: list[str]
) -> None:
    record = host_with(plugin, table).enabled[0]
    assert record.status is Status.FAILED
    assert (record.reason or "").startswith("settings refused: ")
    for part in parts:
        assert part in (record.reason or "")


@pytest.mark.parametrize("secret", ["pin", "pin_as_secret", "proxy", "by_its_name"])
def test_secrets_of_refused_settings_are_masked(plugin: Writer, secret: str) -> None:
    tables: dict[str, dict[str, Any]] = {
        "pin": {"pin": "s3cr3t!"},
        "pin_as_secret": {"pin": SecretStr("s3cr3t!")},
        "proxy": {"proxy": {"user_secret": "s3cr3t!"}},
        "by_its_name": {"api_token": ["s3cr3t!"]},
    }
    record = host_with(plugin, {"port": 13, **tables[secret]}).enabled[0]
    assert record.status is Status.FAILED
    assert "port 13 is not for" in (record.reason or "")
    assert "s3cr3t!" not in (record.reason or "")


def test_secrets_are_masked_in_what_a_plugin_raises_and_in_the_log(
    plugin: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    record = host_with(plugin, {"port": 14, "pin": "s3cr3t!"}).enabled[0]
    assert "SettingsRefused: port: cannot sign in with •••••• ••••••" in (record.reason or "")
    assert "cannot sign in" in caplog.text
    assert "s3cr3t!" not in caplog.text
    assert "built-in-secret" not in caplog.text


async def test_secrets_are_masked_in_outcomes_at_run_time(plugin: Writer, caplog: pytest.LogCaptureFixture) -> None:
    host = host_with(plugin, {"pin": SecretStr("s3cr3t!"), "url": "smtp://user:open@mail.example.org"})
    outcome = (await host.deliver(EVENT))[0]
    assert outcome.reason == "raised RuntimeError: could not reach smtp://••••••@mail.example.org with ••••••"
    assert "s3cr3t!" not in (outcome.trace or "") + caplog.text


def test_a_plugin_without_settings_takes_none(good: Callable[[str], PluginSource]) -> None:
    record = build_host(["one"], {"one": {"limit": 3}}, given=[good("one")]).enabled[0]
    assert (record.status, record.reason) == (Status.FAILED, "takes no settings; remove plugins.one.limit")


def test_an_argument_with_a_default_is_passed_too(plugin: Writer) -> None:
    code = CODE.replace("register_inspectors(settings)", "register_inspectors(settings=None)")
    assert build_host(["mail"], {}, given=[plugin("mail", code)]).enabled[0].status is Status.ACTIVE
