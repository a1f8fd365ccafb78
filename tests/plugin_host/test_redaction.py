"""No secret of a plugin's settings comes out in what is said about the plugin."""

from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretBytes, SecretStr

from core.kernel.plugins.redaction import Redactor


class Account(BaseModel):
    login: str = "clerk"
    phrase: SecretStr = SecretStr("")


class Model(BaseModel):
    pin: SecretStr | None = None
    seal: SecretBytes = SecretBytes(b"from-a-file")
    renamed: SecretStr = Field(default=SecretStr(""), alias="other")
    accounts: dict[str, Account] = {}
    main: Account = Account()
    spare: list[SecretStr] = []


TABLES: list[tuple[dict[str, Any], str, str]] = [
    ({"password": "pa55word"}, "with pa55word!", "with ••••••!"),
    ({"nested": {"api_key": "pa55word"}}, "pa55word", "••••••"),
    ({"tokens": ["first-one", {"x": "second-one"}]}, "first-one second-one", "•••••• ••••••"),
    ({"password_code": 123456, "password_on": True}, "123456 True", "•••••• True"),
    ({"note": SecretStr("pa55word")}, "pa55word", "••••••"),
    ({"password": "ab"}, "about", "about"),
    ({"password": "long", "token": "longer"}, "longer", "••••••"),
    ({"note": "open"}, "open", "open"),
    ({}, "smtp://clerk:pa55word@mail.example.org/", "smtp://••••••@mail.example.org/"),
    ({}, "a\x00b\x1b[31m", "a b [31m"),
]


@pytest.mark.parametrize(("table", "text", "shown"), TABLES)
def test_what_is_known_without_a_model_is_masked(table: dict[str, Any], text: str, shown: str) -> None:
    assert Redactor(table)(text) == shown


@pytest.mark.parametrize(
    "table",
    [{"pin": "pa55word"}, {"other": "pa55word"}, {"main": {"phrase": "pa55word"}}, {"spare": ["pa55word"]}],
)
def test_what_the_model_calls_a_secret_is_masked_even_in_a_table_that_it_refuses(table: dict[str, Any]) -> None:
    redactor = Redactor(table)
    redactor.learn_model(Model)
    assert redactor("<pa55word>") == "<••••••>"


@pytest.mark.parametrize(
    "settings",
    [
        Model(pin=SecretStr("pa55word")),
        Model(accounts={"a": Account(phrase=SecretStr("pa55word"))}),
        Model(spare=[SecretStr("pa55word")]),
    ],
)
def test_what_the_settings_hold_is_masked(settings: Model) -> None:
    redactor = Redactor({})
    redactor.learn_values(settings)
    assert redactor("<pa55word> from-a-file") == "<••••••> ••••••"
