"""Whatever a clerk may read has a Russian text: collected from the code, compared with the catalogue."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import core
from core.kernel.errors import DelotekaError
from core.kernel.texts import catalog_path, is_translated, translate
from core.web.problem_pages import problem_kinds

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "plugins", "retention", "storage")
MARKS = {"mark": 1, "translate": 1, "translate_plural": 2, "_": 1}
# Here every sentence is a finding that the uploader reads.
INSPECTING = (
    "core/inspection",
    "plugins/clamav",
    "plugins/images",
    "plugins/media_type",
    "plugins/pdf",
    "plugins/previews",
)
SENTENCE = re.compile(r"[A-Z][a-z]* [^\n]*[a-z][^\n]*")


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def marked() -> dict[str, str]:
    """Message ids inside `mark(…)` and its like, titles of kinds of documents, remedies of refused steps."""
    found: dict[str, str] = {}
    for path, tree in sources(*PACKAGES):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = called(call)
            said = call.args[: MARKS.get(name, 0)]
            if name == "Refusal":
                said = call.args[1:2]
            if name == "DocumentKind":
                said = [keyword.value for keyword in call.keywords if keyword.arg == "title"]
            found |= {text: str(path.relative_to(ROOT)) for node in said if (text := constant(node))}
    return found


def sentences_of_inspectors() -> dict[str, str]:
    found: dict[str, str] = {}
    for path, tree in sources(*INSPECTING):
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        described = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "description"
        }
        pieces = {id(piece) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
        for node in ast.walk(tree):
            text = constant(node)
            if text and SENTENCE.fullmatch(text) and id(node) not in docstrings | described | pieces:
                found[text] = str(path.relative_to(ROOT))
    return found


def error_family() -> list[type[DelotekaError]]:
    for module in pkgutil.walk_packages(core.__path__, "core."):
        if ".migrations." not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[DelotekaError]] = [DelotekaError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return [kind for kind in dict.fromkeys(found) if kind.__module__.partition(".")[0] in PACKAGES]


def texts_of_errors() -> dict[str, str]:
    """What classes say as their `title` and `remedy`, without importing them."""
    found: dict[str, str] = {}
    for path, tree in sources(*PACKAGES):
        for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            for said in kind.body:
                target = said.targets[0] if isinstance(said, ast.Assign) else getattr(said, "target", None)
                text = constant(said.value) if isinstance(said, ast.Assign | ast.AnnAssign) and said.value else None
                if text and isinstance(target, ast.Name) and target.id in {"title", "remedy"}:
                    found[text] = str(path.relative_to(ROOT))
    return found


def catalogue() -> Catalog:
    with catalog_path("ru").open("rb") as source:
        return read_po(source, locale="ru", abort_invalid=True)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return marked() | sentences_of_inspectors() | texts_of_errors()


def test_every_text_has_a_russian_one(texts: dict[str, str]) -> None:
    missing = {text: place for text, place in texts.items() if not is_translated(text, "ru")}
    assert missing == {}


def test_every_translation_is_russian_and_complete() -> None:
    for message in catalogue():
        if not message.id:
            continue
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        assert forms, message.id
        assert all(re.search("[а-яё]", form) for form in forms), message.id
        for form in forms:
            wanted = set(re.findall(r"\{\w+\}", ids[-1]))
            assert set(re.findall(r"\{\w+\}", form)) == wanted, message.id
            assert form == form.strip(), message.id
        assert not message.fuzzy, message.id


def test_titles_are_headings_and_remedies_are_sentences() -> None:
    for kind in error_family():
        title, remedy = translate(kind.title, "ru"), translate(kind.remedy, "ru")
        assert title[0].isupper(), kind
        assert not title.endswith("."), kind
        assert remedy[0].isupper(), kind
        assert remedy.endswith("."), kind


def test_codes_are_stable_words_and_one_code_means_one_thing() -> None:
    by_code: dict[str, type[DelotekaError]] = {}
    for kind in error_family():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.code), kind
        first = by_code.setdefault(kind.code, kind)
        assert issubclass(kind, first), f"{kind} and {first} share the code {kind.code}"


def test_the_reference_lists_every_problem_and_no_other() -> None:
    error_family()
    reference = (ROOT / "docs" / "reference" / "problems.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| `[a-z_0-9]+` \| \d{3} \| .*$", reference)
    assert listed == [
        f"| `{code}` | {kind.status} | {kind.title} | {translate(kind.title, 'ru')} | {kind.remedy} |"
        for code, kind in problem_kinds().items()
        if kind.__module__.partition(".")[0] in PACKAGES
    ]


def test_the_catalogue_holds_nothing_that_no_code_says(texts: dict[str, str]) -> None:
    known = set(texts)
    unused = [
        message.id
        for message in catalogue()
        if message.id and not isinstance(message.id, tuple) and message.id not in known
    ]
    assert unused == []
