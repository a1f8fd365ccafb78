"""Where settings come from: one TOML file and the `DELOTEKA_…` variables, with the place of every value."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.kernel.errors import DelotekaError

PREFIX: Final = "DELOTEKA_"
CONFIG_VARIABLE: Final = "DELOTEKA_CONFIG"
"""Names the file; the only variable with the prefix that is no key."""

Key = tuple[str, ...]

_HEADER = re.compile(r"^\s*\[\s*([A-Za-z0-9_.\-\s\"']+?)\s*\]\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"^\s*([A-Za-z0-9_.\-\"']+)\s*=")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the settings, and what to do about it."""

    key: str
    """Dotted key or name of a variable; empty for the file as a whole."""
    where: str
    """`config.toml:12`, `DELOTEKA_SERVICE__PORT`, or empty."""
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where and self.where != self.key else ""
        head = f"{self.key}{place}: " if self.key else f"{self.where}: " if self.where else ""
        return f"{head}{self.message}" + (f"\n      {self.remedy}" if self.remedy else "")


class SettingsError(DelotekaError):
    """The settings cannot be used; `faults` names every reason, not only the first."""

    code = "settings_invalid"
    title = "The settings cannot be used"
    remedy = "Correct every fault that is listed, then start again. All keys: docs/reference/configuration.md."

    def __init__(self, faults: list[Fault]) -> None:
        lines = [f"  {number}. {fault}" for number, fault in enumerate(faults, start=1)]
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"The settings have {count}; nothing was started:", *lines]))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value as somebody wrote it."""

    key: Key
    value: Any
    where: str
    from_file: bool

    @property
    def dotted(self) -> str:
        """The key as it is spoken of: `storage.endpoint`."""
        return ".".join(self.key)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A settings file that has been read; `path` is None when there is none and the defaults hold."""

    path: Path | None
    folder: Path
    """Relative paths in settings start here."""
    table: Mapping[str, Any]
    lines: Mapping[Key, int]

    def place(self, key: Key) -> str:
        """Return `config.toml:12` for a key, the name of the file when the line is not known."""
        if self.path is None:
            return ""
        line = self.lines.get(key)
        return f"{self.path.name}:{line}" if line else self.path.name

    def entries(self) -> Iterator[Entry]:
        """Yield every value two or more levels deep; tables of plugins are followed to their leaves."""
        for section, table in self.table.items():
            if not isinstance(table, dict):
                yield Entry((section,), table, self.place((section,)), from_file=True)
                continue
            for name, value in table.items():
                for key, leaf in _leaves((section, name), value, deep=section == "plugins"):
                    yield Entry(key, leaf, self.place(key), from_file=True)
            if not table:
                yield Entry((section,), {}, self.place((section,)), from_file=True)


def _leaves(key: Key, value: object, *, deep: bool) -> Iterator[tuple[Key, object]]:
    if deep and isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves((*key, name), inner, deep=True)
    else:
        yield key, value


def find_file(path: Path | None, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Return the file to read and whether somebody asked for it by name (then it must exist)."""
    if path is not None:
        return path, True
    named = environ.get(CONFIG_VARIABLE)
    return (Path(named), True) if named else (Path("config.toml"), False)


def read_file(path: Path, *, required: bool) -> ConfigFile:
    """Read a TOML file in UTF-8; a missing one is empty unless `required`. Raises `SettingsError`."""
    path = path.expanduser().absolute()
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return ConfigFile(path, path.parent, tomllib.loads(text), _line_numbers(text))
    except FileNotFoundError:
        if not required:
            return ConfigFile(None, path.parent, {}, {})
        fault = Fault("", str(path), "there is no such file", f"Correct the path or {CONFIG_VARIABLE}.")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        fault = Fault("", str(path), f"cannot be read: {reason}", "Let the account of the service read this file.")
    except UnicodeDecodeError:
        fault = Fault("", str(path), "is not text in UTF-8", "Save the file in the encoding UTF-8.")
    except tomllib.TOMLDecodeError as error:
        fault = Fault("", str(path), f"is not valid TOML: {error}", 'Text values stand in quotes: key = "value".')
    raise SettingsError([fault])


def _line_numbers(text: str) -> dict[Key, int]:
    # Good enough for a message: keys inside multi-line strings may be found too, and hurt nobody.
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _split(header[1])
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault((*table, *_split(assignment[1])), number)
    return lines


def _split(dotted: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def environment_entries(environ: Mapping[str, str]) -> Iterator[Entry]:
    """Yield what the `DELOTEKA_…` variables say, as text; lists and tables may be written as JSON."""
    for name in sorted(environ):
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE:
            key = tuple(name.removeprefix(PREFIX).lower().split("__"))
            yield Entry(key, environ[name], name, from_file=False)


def variable(key: Key) -> str:
    """Return the name of the variable that overrides `key`."""
    return PREFIX + "__".join(key).upper()


def text_as_list(text: str) -> list[Any]:
    """Read a list from a variable: a JSON array, or items separated by commas. Raises `ValueError`."""
    if text.lstrip().startswith("["):
        items = json.loads(text)
        return list(items)
    return [item.strip() for item in text.split(",") if item.strip()]


def text_as_value(text: str) -> object:
    """Read a plugin's value from a variable: JSON when it looks like an array or object, else the text itself."""
    if text.lstrip().startswith(("[", "{")):
        return json.loads(text)
    return text
