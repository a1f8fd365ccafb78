"""Coverage of lines and branches: each source is instrumented once and kept, so that processes of pytest only read it.

SlipCover puts its probes into the code, which takes longer than all of the imports. What it makes is kept below
`build/`, by the digest of the source, with marks in the places of the probes; a process puts its own probes there.
"""

import ast
import json
import marshal
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final, NamedTuple

import slipcover.slipcover  # type: ignore[import-untyped]
from slipcover import probe
from slipcover.branch import preinstrument  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "build" / "instrumented"
_SETTINGS: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["slipcover"]
SOURCES: Final[frozenset[str]] = frozenset(_SETTINGS["source"])
_KIND: Final = repr((slipcover.__version__, sys.version, _SETTINGS))
_NEVER: Final = 2**31 - 1
"""Times a probe is met before probes are taken out: left in, they cost next to nothing."""
_MARK: Final = "\0probe"
_FEW: Final = 20
Place = int | tuple[int, int]
"""A line, or a branch from one line to another (0: to the end)."""


class _Marks:
    """Stands for the probes of SlipCover while it instruments."""

    signal: Final = (_MARK,)

    @staticmethod
    def new(_slipcover: object, _file: str, place: Place, _threshold: int) -> tuple[str, Place]:
        return (_MARK, place)


class Instrumented(NamedTuple):
    """A source with marks in the places of its probes."""

    code: CodeType
    lines: frozenset[int]
    branches: frozenset[tuple[int, int]]
    excluded: frozenset[int]
    """Lines that the settings leave out."""


def sources() -> list[Path]:
    """Every file that is measured."""
    return sorted(file for folder in SOURCES for file in (ROOT / folder).rglob("*.py"))


def kept_at(path: str, source: bytes) -> Path:
    return KEPT / sha256(b"\0".join((_KIND.encode(), path.encode(), source))).hexdigest()


def instrumented(path: str) -> Instrumented:
    """Return what is kept of a source, instrumenting it first where need be."""
    source = Path(path).read_bytes()
    kept = kept_at(path, source)
    try:
        return Instrumented(*marshal.loads(kept.read_bytes()))  # noqa: S302 - our own file
    except FileNotFoundError:
        made = _instrument(path, source)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    draft.write_bytes(marshal.dumps(tuple(made)))
    draft.replace(kept)
    return made


def _instrument(path: str, source: bytes) -> Instrumented:
    slip = slipcover.slipcover.Slipcover(branch=True, exclude_also=_SETTINGS["exclude-also"])
    slipcover.slipcover.probe = _Marks
    try:
        code = slip.instrument(compile(preinstrument(ast.parse(source)), path, "exec", dont_inherit=True))
    finally:
        slipcover.slipcover.probe = probe
    excluded = slip._compute_excluded_lines(source.decode())
    return Instrumented(
        code, frozenset(slip.code_lines[path]), frozenset(slip.code_branches[path]), frozenset(excluded)
    )


def prepare() -> None:
    """Instrument what has changed, and forget what was before."""
    KEPT.mkdir(parents=True, exist_ok=True)
    current = {kept_at(str(file), file.read_bytes()): str(file) for file in sources()}
    there = set(KEPT.iterdir())
    for old in there - current.keys():
        old.unlink(missing_ok=True)
    missing = [path for kept, path in current.items() if kept not in there]
    if len(missing) <= _FEW:
        _keep(missing)
        return
    with ProcessPoolExecutor() as pool:
        list(pool.map(_keep, (missing[at : at + _FEW] for at in range(0, len(missing), _FEW))))


def _keep(paths: Iterable[str]) -> None:
    for path in paths:
        instrumented(path)


class Measuring(MetaPathFinder):
    """Finds the modules that are measured, and knows what ran of them in this process."""

    def __init__(self) -> None:
        self.newly_seen: dict[str, set[Place]] = defaultdict(set)
        """What probes add to, by file."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module that is measured; None for any other."""
        if fullname.partition(".")[0] not in SOURCES:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if (
            spec is not None
            and isinstance(spec.loader, SourceFileLoader)
            and Path(spec.loader.path).is_relative_to(ROOT)
        ):
            spec.loader = _Loader(fullname, spec.loader.path, self)
        return spec

    def with_probes(self, code: CodeType, path: str) -> CodeType:
        """Put probes of this process in the places of the marks."""
        return code.replace(co_consts=tuple(self._constant(each, path) for each in code.co_consts))

    def _constant(self, value: Any, path: str) -> Any:  # noqa: ANN401 - whatever may stand in code
        if isinstance(value, CodeType):
            return self.with_probes(value, path)
        if isinstance(value, tuple) and value and value[0] == _MARK:
            return probe.signal if len(value) == 1 else probe.new(self, path, value[1], _NEVER)
        return value

    def seen(self) -> dict[str, list[Place]]:
        """What ran, by file."""
        return {path: list(places) for path, places in self.newly_seen.items()}


class _Loader(SourceFileLoader):
    """Loads a module with probes in it."""

    def __init__(self, fullname: str, path: str, measuring: Measuring) -> None:
        super().__init__(fullname, path)
        self._measuring = measuring

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        return self._measuring.with_probes(instrumented(self.path).code, self.path)


def write_report(out: Path, seen: Iterable[Mapping[str, Iterable[Any]]]) -> None:
    """Write what ran in all processes together, as SlipCover does."""
    ran: dict[str, set[Place]] = defaultdict(set)
    for process in seen:
        for path, places in process.items():
            ran[path].update(tuple(place) if isinstance(place, list) else place for place in places)
    report = {
        "meta": {"software": "slipcover", "version": slipcover.__version__, "branch_coverage": True},
        "files": {str(file.relative_to(ROOT)): _counted(instrumented(str(file)), ran[str(file)]) for file in sources()},
    }
    slipcover.slipcover.add_summaries(report)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report), encoding="utf-8")


def _counted(file: Instrumented, ran: set[Place]) -> dict[str, list[Any]]:
    lines = file.lines - file.excluded
    branches = {branch for branch in file.branches if branch[0] not in file.excluded}
    return {
        "executed_lines": sorted(lines & ran),
        "missing_lines": sorted(lines - ran),
        "executed_branches": sorted(branches & ran),
        "missing_branches": sorted(branches - ran),
    }
