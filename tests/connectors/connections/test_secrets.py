"""Secrets: nowhere to be read, bound to their place, readable again after the key has changed, and honest when lost."""

import io
import json
import logging
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from core.cli import main
from core.connections.configuration import joined, kept_secrets, parted, without_nulls
from core.connections.errors import ConfigurationTooNew, SecretsUnreadable
from core.connections.keyring import FILE, Keyring, KeySource, Sealed, new_key
from core.connections.opening import open_connector
from core.connections.rotation import rotate
from core.connections.services import ConnectionServices
from core.kernel.logs import configure_logs
from core.kernel.settings import LogSettings
from core.sdk.connectors import Tokens
from tests.connectors.connections.scripted import (
    CODE,
    CONSENT,
    PASTED,
    REFRESH,
    SECRET,
    TOKEN,
    Filled,
    Platform,
    Scripted,
    stand,
)
from tests.connectors.connections.test_signing_in import store
from tests.registry_house import House, code

V1 = "/api/v1"
ANY = {"If-Match": "*"}


async def everything(owner: asyncpg.Connection) -> str:
    """Every row of every table, as text."""
    tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    asked = [f'SELECT t::text AS said FROM "{each["tablename"]}" t' for each in tables]  # noqa: S608 (own names)
    rows = [await owner.fetch(query) for query in asked]
    return "\n".join(row["said"] for found in rows for row in found)


async def test_a_planted_secret_is_found_nowhere(house_in_memory: House) -> None:
    house, platform, log = house_in_memory, Platform(echo=True), io.StringIO()
    before = logging.getLogger().level
    configure_logs(LogSettings(level="debug"), log)
    try:
        services, said = await _lived(house, platform)
    finally:
        logging.getLogger().setLevel(before)
        for handler in [each for each in logging.getLogger().handlers if each.get_name() == "deloteka"]:
            logging.getLogger().removeHandler(handler)
    plain = await everything(house.owner)
    files = "".join(
        path.read_text(errors="replace")
        for path in house.services.settings.service.data_folder.rglob("*")
        if path.is_file() and path.name != FILE
    )
    assert "connection" in plain
    for secret in (
        TOKEN,
        SECRET,
        CODE,
        REFRESH,
        "issued-access-1",
        "typed-by-mistake",
        "typed-in-anew-5",
        "open-sesame-6",
    ):
        for place, text in {"database": plain, "log": log.getvalue(), "answers": said, "files": files}.items():
            for spelling in (secret, secret.encode().hex(), secret.replace("+", "%2B").replace("/", "%2F")):
                assert spelling not in text, f"{secret} in the {place}"
    assert services.keyring.present in plain


async def _lived(house: House, platform: Platform) -> tuple[ConnectionServices, str]:
    """Do everything that handles secrets, the wrong way too; returns what was answered."""
    services = replace(stand(house, platform), public_url="https://deloteka.test")
    house.app.state.connections = services
    admin, said = house.browser("administrator"), []
    made = await admin.post(f"{V1}/connections", json=PASTED)
    at = made.headers["location"]
    said += [made, await admin.post(f"{at}/check"), await admin.get(at), await admin.get(f"{at}/diagnostics")]
    platform.tokens.clear()
    said += [await admin.post(f"{at}/check"), await admin.get(at), await admin.get(f"{at}/streams")]
    wrong: dict[str, Any] = {"base_url": 5, "auth": {"kind": "pasted", "token": ["typed-by-mistake"]}}
    said += [await admin.patch(at, json={"configuration": wrong}, headers=ANY)]
    said += [await admin.post(f"{V1}/connections", json={**PASTED, "configuration": {"auth": "typed-by-mistake"}})]
    anew: dict[str, Any] = {**PASTED["configuration"], "auth": {"kind": "pasted", "token": "typed-in-anew-5"}}
    said += [await admin.patch(at, json={"configuration": {**anew, "proxy_password": "open-sesame-6"}}, headers=ANY)]
    assert said[-1].json()["secrets"] == {"auth/token": "set", "proxy_password": "set"}
    platform.account = "acc-2"
    made = await admin.post(f"{V1}/connections", json=CONSENT)
    there = made.headers["location"]
    begun = await admin.post(f"{there}/sign-in")
    state = begun.json()["address"].partition("state=")[2].partition("&")[0]
    body = {"state": state, "code": CODE}
    said += [made, await admin.post(f"{V1}/connections/sign-in/completion", json=body)]
    assert said[-1].status_code == 200, said[-1].text
    said += [await admin.get(there), await admin.get(f"{there}/diagnostics"), await admin.get(f"{V1}/connections")]
    platform.tokens.clear()
    said += [await admin.post(f"{there}/check"), await admin.get(there)]
    said += [await house.of("auditor").get(f"{V1}/audit-entries")]
    return services, "\n".join(each.text for each in said)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_is_sealed_opens_in_its_place_and_no_other(plain: bytes, place: str) -> None:
    ring = Keyring.parse(new_key())
    sealed = ring.seal(plain, place)
    assert ring.open(sealed, place) == plain
    assert sealed.envelope != ring.seal(plain, place).envelope
    for other in (f"{place}x", f"x{place}"):
        with pytest.raises(SecretsUnreadable):
            ring.open(sealed, other)
    with pytest.raises(SecretsUnreadable):
        ring.open(Sealed(sealed.key_id, sealed.envelope[:-1] + bytes([sealed.envelope[-1] ^ 1])), place)
    with pytest.raises(SecretsUnreadable):
        Keyring.parse(new_key()).open(sealed, place)


@pytest.mark.parametrize("text", ["", " , ", "short", "ключ", f"{'A' * 43}=="[:-4], f"{'A' * 43}= x"])
def test_what_is_no_key_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring.parse(text)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = KeySource(None, tmp_path / "data").keyring
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
    assert KeySource(None, tmp_path / "data").keyring.present == first.present
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]
    given = new_key()
    assert KeySource(SecretStr(given), tmp_path / "data").keyring.present == Keyring.parse(given).present


async def test_the_key_changes_and_a_lost_one_is_said_clearly(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    await admin.post(f"{at}/check")
    await store(house, services, at).save(Tokens(access=SecretStr("access-of-old")))
    old = (house.services.settings.service.data_folder / FILE).read_text().strip()
    fresh = new_key()
    both = replace(services, keys=KeySource(SecretStr(f"{fresh} {old}"), Path("/nowhere")))
    done = await rotate(services.database, both.keyring)
    assert (done.renewed, done.unreadable) == (2, 0)
    assert (await rotate(services.database, both.keyring)).renewed == 0
    alone = replace(services, keys=KeySource(SecretStr(fresh), Path("/nowhere")))
    kept = await store(house, alone, at).load()
    assert kept is not None
    assert kept.access == SecretStr("access-of-old")

    lost = replace(services, keys=KeySource(SecretStr(new_key()), Path("/nowhere")))
    house.app.state.connections = lost
    assert (await admin.get(at)).json()["secrets"]["auth/token"] == "unreadable"
    refused = await admin.post(f"{at}/check")
    assert code(refused) == (409, "secrets_unreadable")
    assert refused.json()["key"] == alone.keyring.present
    assert (await rotate(services.database, lost.keyring)).unreadable == 2
    assert (await admin.get(f"{at}/diagnostics")).json()["tokens"]["readable"] is False
    again = {"base_url": "https://platform.test", "auth": {"kind": "pasted", "token": "typed-anew-1"}}
    repaired = await admin.patch(at, json={"configuration": again}, headers=ANY)
    assert repaired.json()["secrets"]["auth/token"] == "set"


def test_the_command_prints_keys() -> None:
    said = CliRunner().invoke(main, ["connections", "new-key"])
    assert Keyring.parse(said.output).present


class Older(Scripted):
    """The connector as it was: the address had another name, and the token stood at the top."""

    class Model(BaseModel):
        address: str
        token: SecretStr

    model: ClassVar[type[BaseModel]] = Model

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Any:  # noqa: ANN401 (Hosts)
        return Scripted.hosts(Filled(base_url=configuration.address, auth={"kind": "pasted", "token": "x"}))  # type: ignore[attr-defined, arg-type]


class Newer(Scripted):
    """The connector as it is: led there in two steps."""

    version: ClassVar[int] = 3

    @classmethod
    def migrate(cls, configuration: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        if version == 1:
            return {"base_url": configuration["address"], "token": configuration["token"]}
        return {"base_url": configuration["base_url"], "auth": {"kind": "pasted", "token": configuration["token"]}}


async def test_an_old_configuration_is_led_to_the_present_shape(house_in_memory: House) -> None:
    house, platform = house_in_memory, Platform()
    older = stand(house, platform, Older)
    admin, scope = house.of("administrator"), house.a.scope("administrator")
    body = {
        "connector": "scripted",
        "title": "Д",
        "configuration": {"address": "https://platform.test", "token": TOKEN},
    }
    at = (await admin.post(f"{V1}/connections", json=body)).headers["location"]
    assert (await admin.get(at)).json()["secrets"] == {"token": "set"}

    stand(house, platform, Newer)
    assert (await admin.post(f"{at}/check")).json()["outcome"] == "ok"
    said = (await admin.get(at)).json()
    assert (said["config_version"], said["configuration"]["base_url"]) == (3, "https://platform.test")
    assert said["secrets"] == {"auth/token": "set", "proxy_password": "not_set"}
    assert "connection.migrated" in await house.actions()
    assert await house.owner.fetchval("SELECT count(*) FROM connection_secrets") == 1

    house.app.state.connections = older
    assert code(await admin.post(f"{at}/check")) == (409, "configuration_too_new")
    with pytest.raises(ConfigurationTooNew):
        async with open_connector(older, scope, UUID(at.rpartition("/")[2])):
            pass


class Line(BaseModel):
    name: str
    key: SecretStr | None = None


class Nested(BaseModel):
    lines: list[Line] = []
    by_name: dict[str, Line] = {}
    bare: list[SecretStr] = []
    renamed: SecretStr = Field(alias="the-key")


def test_secrets_are_parted_at_any_depth_and_joined_again() -> None:
    given_values = {
        "lines": [{"name": "a", "key": "k1"}, {"name": "b"}],
        "by_name": {"x": {"name": "c", "key": "k2"}},
        "bare": ["k3", "k4"],
        "the-key": "k5",
    }
    parts = parted(Nested.model_validate(given_values))
    assert dict(parts.secrets) == {
        "lines/0/key": "k1",
        "by_name/x/key": "k2",
        "bare/0": "k3",
        "bare/1": "k4",
        "the-key": "k5",
    }
    assert parts.plain == {
        "lines": [{"name": "a"}, {"name": "b"}],
        "by_name": {"x": {"name": "c"}},
        "bare": [None, None],
    }
    assert not any(f"k{number}" in json.dumps([parts.plain, parts.scope]) for number in range(1, 6))
    assert joined(parts.plain, parts.secrets) == given_values
    assert parted(Nested.model_validate(joined(parts.plain, parts.secrets))) == parts


def test_kept_secrets_follow_what_is_left_out() -> None:
    before = {"base_url": "u", "auth": {"kind": "pasted"}}
    stored = {"auth/token": "t", "proxy_password": "p"}
    kept = kept_secrets(Filled, {"base_url": "u", "auth": {"kind": "pasted"}, "proxy_password": None}, before, stored)
    assert kept == {"auth/token": "t"}
    assert kept_secrets(Filled, {"auth": {"kind": "consent"}}, before, stored) == {"proxy_password": "p"}
    assert kept_secrets(Filled, {}, before, stored) == {"proxy_password": "p"}
    assert without_nulls({"a": None, "auth": {"token": None}}, ["auth/token"]) == {"a": None, "auth": {}}
