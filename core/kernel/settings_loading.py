"""Reads the settings: defaults, then `config.toml`, then `DELOTEKA_…` variables; all faults are reported at once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from core.kernel.settings import Origin, Settings
from core.kernel.settings_keys import is_list, is_path, is_plugin_key, is_secret, known_keys, secret_of, unknown
from core.kernel.settings_secrets import (
    SecretFileFault,
    has_password,
    hidden_secrets,
    read_secret,
    readable_by_all,
    split_password,
    with_password,
)
from core.kernel.settings_sources import (
    ConfigFile,
    Entry,
    Fault,
    Key,
    SettingsError,
    environment_entries,
    find_file,
    read_file,
    text_as_list,
    text_as_value,
    variable,
)

_URL_PASSWORDS: Mapping[Key, Key] = {
    ("database", "url"): ("database", "password"),
    ("database", "owner_url"): ("database", "owner_password"),
}
"""Addresses that may carry their password in a variable; it is kept apart from them."""

__all__ = ["SettingsError", "database_urls", "load_settings"]


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of `path` (else of $DELOTEKA_CONFIG, else of ./config.toml if there is one).

    Relative paths in settings start at the folder of that file. Raises `SettingsError` with every fault found.
    """
    chosen, required = find_file(path, environ)
    return _Loading(read_file(chosen, required=required)).run(environ)


def database_urls(settings: Settings) -> tuple[str, str]:
    """Return the full addresses, passwords included, of the service and of the schema's owner.

    For an external server only: raises `ValueError` when `database.url` is empty.
    """
    database = settings.database
    if not database.url:
        message = "the embedded server makes its own addresses"
        raise ValueError(message)
    return with_password(database.url, database.password), with_password(database.owner_url, database.owner_password)


class _Loading:
    """One reading of the settings: entries in, faults and cautions gathered, a tree for the models out."""

    def __init__(self, file: ConfigFile) -> None:
        self.file = file
        self.entries: dict[Key, Entry] = {}
        self.faults: list[Fault] = []
        self.cautions: list[str] = []

    def run(self, environ: Mapping[str, str]) -> Settings:
        """Take the file, then the variables, then judge the whole."""
        for entry in (*self.file.entries(), *environment_entries(environ)):
            self._take(entry)
        for key in list(self.entries):
            self._read_secret_file(key)
        settings = self._validate()
        if self.faults or settings is None:
            raise SettingsError(self.faults)
        origins = {
            entry.dotted: Origin("file" if entry.from_file else "environment", entry.where)
            for entry in self.entries.values()
        }
        return settings.with_provenance(origins, tuple(self.cautions))

    def _fault(self, entry: Entry, message: str, remedy: str = "") -> None:
        self.faults.append(Fault(entry.dotted, entry.where, message, remedy))

    def _take(self, entry: Entry) -> None:
        if fault := unknown(entry):
            self.faults.append(fault)
            return
        if len(entry.key) == 1:
            return
        if entry.from_file:
            self._refuse_secret(entry)
        else:
            entry = self._decoded(entry)
        if is_path(entry.key) and isinstance(entry.value, str):
            if not entry.value:
                self._fault(entry, "is empty", "Name a file or folder, or remove the key.")
                return
            entry = _with_value(entry, self.file.folder / Path(entry.value).expanduser())
        self.entries[entry.key] = entry
        self._part_password(entry)

    def _refuse_secret(self, entry: Entry) -> None:
        if is_secret(entry.key):
            self._fault(
                entry,
                "is a secret and must not stand in the file",
                f"Take it out, then set the variable {variable(entry.key)},"
                f" or name a file that holds it: {entry.key[-1]}_file.",
            )
        elif has_password(entry.value):
            apart = _URL_PASSWORDS.get(entry.key)
            named = f" and set the variable {variable(apart)} or the key {apart[-1]}_file" if apart else ""
            instead = named or f" and set the whole address through the variable {variable(entry.key)}"
            self._fault(entry, "carries a password and must not stand in the file", f"Take it out{instead}.")
        elif hidden := next(hidden_secrets(entry.value), None):
            remedy = f"Take it out, then set the whole list through the variable {variable(entry.key)}."
            self._fault(entry, f"holds a secret ({hidden}) that must not stand in the file", remedy)

    def _decoded(self, entry: Entry) -> Entry:
        value: object = entry.value
        try:
            if is_secret(entry.key):
                if not entry.value:
                    self._fault(entry, "is empty", "Unset the variable or give it a value.")
                value = SecretStr(str(entry.value))
            elif is_list(entry.key):
                value = text_as_list(str(entry.value))
            elif is_plugin_key(entry.key):
                value = text_as_value(str(entry.value))
        except ValueError:
            self._fault(entry, "is not valid JSON", 'Write ["first", "second"], or first,second.')
        return _with_value(entry, value)

    def _part_password(self, entry: Entry) -> None:
        apart = _URL_PASSWORDS.get(entry.key)
        if not has_password(entry.value):
            return
        if apart is None:
            if entry.key in known_keys():
                self._fault(entry, "carries a password", "Take user and password out of the address.")
            return
        address, password = split_password(entry.value)
        self.entries[entry.key] = _with_value(entry, address)
        if entry.from_file or password is None:
            return
        if apart in self.entries:
            self._fault(entry, f"carries a password although {'.'.join(apart)} is set too", "Keep one of the two.")
        self.entries[apart] = Entry(apart, SecretStr(password), entry.where, from_file=False)

    def _read_secret_file(self, key: Key) -> None:
        secret, entry = secret_of(key), self.entries[key]
        if secret is None:
            return
        if secret in self.entries:
            other = self.entries[secret]
            message = f"is set although {other.dotted} is set too ({other.where})"
            self._fault(entry, message, "Keep one of the two.")
            return
        path = entry.value if isinstance(entry.value, Path) else self.file.folder / str(entry.value)
        try:
            value = read_secret(path)
        except SecretFileFault as error:
            self._fault(entry, str(error), "Write the secret into that file and let the service's account read it.")
            return
        if readable_by_all(path):
            self.cautions.append(
                f"{entry.dotted}: every account of this machine may read {path}; run: chmod o-r {path}"
            )
        self.entries[secret] = Entry(secret, value, f"{entry.where} → {path.name}", entry.from_file)

    def _tree(self) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for key, field in known_keys().items():
            if isinstance(field.default, Path):
                tree.setdefault(key[0], {})[key[1]] = self.file.folder / field.default
        for key, entry in self.entries.items():
            if is_plugin_key(key) and secret_of(key):
                continue
            table = tree
            for name in key[:-1]:
                table = table.setdefault(name, {})
                if not isinstance(table, dict):
                    self._fault(entry, "is set inside something that is no table", "Keep one of the two.")
                    break
            else:
                table[key[-1]] = entry.value
        return tree

    def _validate(self) -> Settings | None:
        try:
            return Settings.model_validate(self._tree())
        except ValidationError as error:
            for reason in error.errors(include_url=False):
                self._report(tuple(str(part) for part in reason["loc"]), reason["msg"], reason["input"])
            return None

    def _report(self, key: Key, message: str, value: object) -> None:
        entry = self.entries.get(key[:2])
        text = message.removeprefix("Value error, ")
        where = entry.where if entry else ""
        shown = "" if len(key) == 1 or is_secret(key[:2]) else f"{value!r} does not fit: "
        self.faults.append(Fault(".".join(key), where, shown + text[:1].lower() + text[1:]))


def _with_value(entry: Entry, value: object) -> Entry:
    return Entry(entry.key, value, entry.where, entry.from_file)
