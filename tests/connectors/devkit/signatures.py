"""The contract of connectors as its reference prints it, taken from the source."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from core.sdk import connectors

_FOLDER = Path(inspect.getfile(connectors)).parent
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "connectors.md"


def sections() -> dict[str, str]:
    """Return the section of each public name, by name."""
    found = {}
    for path in sorted(_FOLDER.glob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, following in zip(body, [*body[1:], ast.Pass()], strict=True):
            name, text = _section(node, following)
            if name in connectors.__all__:
                found[name] = text
    return found


def _section(node: ast.stmt, following: ast.stmt) -> tuple[str, str]:
    match node:
        case ast.ClassDef(name=name):
            return name, _of_class(node)
        case ast.FunctionDef(name=name):
            return name, f"```python\n{_function(node)}\n```\n\n{_paragraphs(ast.get_docstring(node))}"
        case ast.Assign(targets=[ast.Name(id=name)]):
            said = f"\n\n{_paragraphs(_text(following))}" if _text(following) else ""
            return name, f"```python\n{ast.unparse(node)}\n```{said}"
    return "", ""


def _of_class(node: ast.ClassDef) -> str:
    inner = [*_members(node)]
    lines = [*_decorated(node), f"class {node.name}({', '.join(map(ast.unparse, node.bases))}):".replace("()", "")]
    lines += [f"    {line}" for code, _ in inner for line in code.splitlines()] or ["    ..."]
    told = [f"- `{_name(code)}`: {' '.join(text.split())}" for code, text in inner if text]
    parts = ["```python\n" + "\n".join(lines) + "\n```", _paragraphs(ast.get_docstring(node))]
    return "\n\n".join([*parts, *(["\n".join(told)] if told else [])])


def _decorated(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [f"@{ast.unparse(each)}" for each in node.decorator_list]


def _members(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield fields and methods as code, each with what its docstring says."""
    for member, following in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        match member:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not member.name.startswith("_"):
                yield "\n".join([*_decorated(member), _function(member)]), ast.get_docstring(member) or ""
            case ast.AnnAssign() | ast.Assign():
                code = ast.unparse(member)
                if not code.startswith("model_config"):
                    yield code, _text(following)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{kind} {node.name}({ast.unparse(node.args)}){returned}"


def _text(node: ast.stmt) -> str:
    """What a string standing alone says: the description of the field above it."""
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return ""


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _name(code: str) -> str:
    line = code.splitlines()[-1]
    if "def " in line:
        return line.partition("def ")[2].partition("(")[0]
    return line.partition(":")[0].partition(" =")[0]


def rewritten(page: str) -> str:
    """Return the page with every section as the source has it; new ones come last, to be moved by hand."""
    now = sections()
    parts = page.split("\n### `")
    again = [parts[0]]
    for part in parts[1:]:
        name = part.partition("`")[0]
        _, group, rest = part.partition("\n## ")
        if name in now:
            again.append(f"{name}`\n\n{now.pop(name)}\n{group}{rest}")
        else:
            again[-1] += f"{group}{rest}"
    again += [f"{name}`\n\n{text}\n" for name, text in now.items()]
    return "\n### `".join(again)


if __name__ == "__main__":
    REFERENCE.write_text(rewritten(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
