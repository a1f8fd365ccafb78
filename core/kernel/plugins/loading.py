"""From a plugin's name to its checked implementations, settings and offers. Everything here runs inside the fence."""

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pluggy
from pydantic import BaseModel, ValidationError

from core.kernel.plugins.errors import ContractBroken
from core.kernel.plugins.kinds import refuse_awaitable
from core.kernel.plugins.redaction import Redactor
from core.sdk import hooks

HOOKS: Mapping[str, Callable[..., object]] = {
    name: member
    for name, member in vars(hooks).items()
    if inspect.isfunction(member) and hasattr(member, f"{hooks.PROJECT_NAME}_spec")
}
"""Every hook by name, in the order of the specification."""

_HOOK_IN_MESSAGE = re.compile(r"for hook '(\w+)'")


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook."""

    function: Callable[..., object]
    positional: tuple[str, ...]
    optional: tuple[str, ...]

    def __call__(self, **available: object) -> object:
        """Call the plugin with those of the available arguments that it declares."""
        named = {name: available[name] for name in self.optional if name in available}
        return self.function(*(available[name] for name in self.positional), **named)


def implementations(name: str, plugin: object) -> Mapping[str, Implementation]:
    """Return the hooks that `plugin` implements; raise `ContractBroken` if any of them is not what it should be.

    Each plugin has a manager of its own: pluggy validates, and nothing of a refused plugin stays registered anywhere.
    """
    manager = pluggy.PluginManager(hooks.PROJECT_NAME)
    manager.add_hookspecs(hooks)
    try:
        manager.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise ContractBroken(_readable(error)) from error
    found: dict[str, Implementation] = {}
    for caller in manager.get_hookcallers(plugin) or ():
        for each in caller.get_hookimpls():
            if caller.has_spec():
                _refuse_order_and_wrapping(caller.name, each)
                if caller.name in found:
                    message = f"implements the hook {caller.name!r} twice"
                    raise ContractBroken(message)
                found[caller.name] = Implementation(each.function, tuple(each.argnames), tuple(each.kwargnames))
            elif not each.optionalhook:
                raise ContractBroken(_unknown(caller.name))
    _refuse_unmarked(plugin, found)
    return {hook: found[hook] for hook in HOOKS if hook in found}


def _readable(error: pluggy.PluginValidationError) -> str:
    text = " ".join(str(error).split())
    match = _HOOK_IN_MESSAGE.search(text)
    if match is None or match[1] not in HOOKS:
        return text
    arguments = ", ".join(inspect.signature(HOOKS[match[1]]).parameters)
    return f"{text}; the hook is {match[1]}({arguments})"


def _unknown(hook: str) -> str:
    close = difflib.get_close_matches(hook, HOOKS, 1)
    advice = f"did you mean {close[0]!r}?" if close else f"hooks are: {', '.join(HOOKS)}"
    return f"implements an unknown hook {hook!r}; {advice}"


def _refuse_order_and_wrapping(hook: str, found: pluggy.HookImpl) -> None:
    if found.wrapper or found.hookwrapper:
        message = f"wraps the hook {hook!r}; each plugin is asked by itself, there is nothing to wrap"
        raise ContractBroken(message)
    if found.tryfirst or found.trylast:
        message = f"asks for a place in the order of {hook!r}; the order of plugins.enabled is the order"
        raise ContractBroken(message)


def _refuse_unmarked(plugin: object, found: Mapping[str, Implementation]) -> None:
    for hook in HOOKS:
        if hook in found:
            continue
        if inspect.isroutine(inspect.getattr_static(plugin, hook, None)):
            message = f"has a function {hook!r} without the mark @hookimpl"
            raise ContractBroken(message)
    if not found:
        message = "implements no hook"
        raise ContractBroken(message)


def checked_model(answer: object) -> type[BaseModel] | None:
    """Return the settings model that `register_settings` answered with; raise `ContractBroken` for anything else."""
    refuse_awaitable(answer)
    if answer is None or (isinstance(answer, type) and issubclass(answer, BaseModel)):
        return answer
    message = f"register_settings returned {type(answer).__name__}; expected a pydantic model class or None"
    raise ContractBroken(message)


def validated(
    name: str, model: type[BaseModel] | None, table: Mapping[str, Any], redactor: Redactor
) -> BaseModel | None:
    """Return the plugin's settings; raise `ContractBroken` naming every wrong key, without its value."""
    if model is None:
        if table:
            keys = ", ".join(f"plugins.{name}.{key}" for key in table)
            message = f"takes no settings; remove {keys}"
            raise ContractBroken(message)
        return None
    redactor.learn_model(model)
    try:
        settings = model.model_validate(dict(table), extra="forbid")
    except ValidationError as error:
        raise ContractBroken(_wrong_keys(name, error)) from None
    redactor.learn_values(settings)
    return settings


def _wrong_keys(name: str, error: ValidationError) -> str:
    lines = []
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        key = ".".join(("plugins", name, *map(str, each["loc"])))
        lines.append(f"{key}: {each['msg']}")
    return f"settings refused: {'; '.join(lines)}"
