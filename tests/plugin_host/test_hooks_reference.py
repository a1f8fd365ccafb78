"""Every hook stands in the reference with its exact signature, and has a plugin that fails on purpose."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from core.kernel.plugins import HOOKS
from core.sdk import hooks

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference" / "hooks.md"
TABLE = {
    "register_settings",
    "register_connectors",
    "register_inspectors",
    "register_extractors",
    "register_ocr_engines",
    "register_renderers",
    "register_replicas",
    "register_means_of_destruction",
    "register_packagers",
    "register_notifiers",
    "register_authenticators",
    "register_routers",
    "register_commands",
    "review_disposal",
    "on_event",
}


def signatures() -> dict[str, str]:
    """The definitions as they are written, on one line, without decorator and body."""
    tree = ast.parse(Path(inspect.getfile(hooks)).read_text())
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            returned = node.returns
            text = (
                returned.value
                if isinstance(returned, ast.Constant) and isinstance(returned.value, str)
                else ast.unparse(returned)
                if returned
                else ""
            )
            found[node.name] = f"def {node.name}({ast.unparse(node.args)}) -> {text}"
    return found


def test_the_hooks_are_those_of_the_plan() -> None:
    assert set(HOOKS) == TABLE == set(signatures())


@pytest.mark.parametrize("hook", sorted(TABLE))
def test_the_exact_signature_of_each_hook_stands_in_the_reference(hook: str) -> None:
    section = REFERENCE.read_text().split(f"\n### `{hook}`\n")[1].split("\n### ")[0]
    assert f"```python\n{signatures()[hook]}\n```" in section
    assert re.search(r"^\*\*If it fails:\*\* \S", section, re.MULTILINE)


def test_the_reference_names_no_hook_that_does_not_exist() -> None:
    assert set(re.findall(r"^### `(\w+)`$", REFERENCE.read_text(), re.MULTILINE)) == TABLE


@pytest.mark.parametrize("hook", sorted(TABLE))
def test_each_hook_says_when_it_is_asked_and_what_failure_means(hook: str) -> None:
    text = inspect.getdoc(HOOKS[hook]) or ""
    assert "failure" in text.lower() or "counts as an objection" in text


@pytest.mark.parametrize("hook", sorted(TABLE))
def test_no_hook_stops_at_the_first_answer(hook: str) -> None:
    assert not getattr(HOOKS[hook], f"{hooks.PROJECT_NAME}_spec")["firstresult"]
