"""Plugins that fail on purpose: the reason is listed, and the plugins before and after them go on."""

from collections.abc import Callable

import pytest

from core.kernel.plugins import Limits, PluginHost, PluginSource, Status, build_host
from core.kernel.plugins.kinds import CHECKS

QUICK = Limits(load=2, register=2)
Good = Callable[[str], PluginSource]
Writer = Callable[[str, str], PluginSource]

HEAD = """
from core.sdk import *
from core.sdk import hookimpl
import click

class Looker(Inspector):
    name = "looker"
    def inspect(self, candidate):
        return Inspection()

class Asker(Scanner):
    name = "asker"
    async def scan(self, candidate):
        return Inspection()
"""

ON_IMPORT = [
    ("raises", 'raise RuntimeError("no licence")', "raised RuntimeError: no licence"),
    ("lacks a dependency", "import no_such_dependency", "raised ModuleNotFoundError: No module named 'no_such_depend"),
    ("is no Python", "def broken(:\n", "raised SyntaxError: invalid syntax"),
    ("exits", "import sys\nsys.exit(3)", "raised SystemExit: 3"),
    ("is interrupted", "raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    ("raises a base exception", "class Odd(BaseException): ...\nraise Odd('odd')", "raised Odd: odd"),
    ("hangs", "import threading\nthreading.Event().wait(20)", "did not answer within 2 s"),
    (
        "raises an error that cannot be printed",
        "class Mute(Exception):\n    def __str__(self):\n        raise ValueError\nraise Mute",
        "raised Mute",
    ),
    ("has no hook", "x = 1", "implements no hook"),
]

IN_CONTRACT = [
    (
        "misspells a hook",
        "@hookimpl\ndef register_inspector():\n    return []",
        "implements an unknown hook 'register_inspector'; did you mean 'register_inspectors'?",
    ),
    (
        "invents a hook",
        "@hookimpl\ndef zzz():\n    return []",
        "implements an unknown hook 'zzz'; hooks are: register_",
    ),
    (
        "wants another argument",
        "@hookimpl\ndef register_inspectors(database):\n    return []",
        "the hook is register_inspectors(settings)",
    ),
    ("forgets the mark", "def on_event(event):\n    pass", "has a function 'on_event' without the mark @hookimpl"),
    (
        "wraps a hook",
        "@hookimpl(wrapper=True)\ndef on_event(event):\n    yield",
        "wraps the hook 'on_event'; each plugin is asked by itself",
    ),
    (
        "wants to be first",
        "@hookimpl(tryfirst=True)\ndef register_inspectors():\n    return []",
        "asks for a place in the order of 'register_inspectors'",
    ),
    (
        "implements a hook twice",
        "@hookimpl\ndef on_event():\n    pass\n\n@hookimpl(specname='on_event')\ndef again():\n    pass",
        "implements the hook 'on_event' twice",
    ),
]

IN_REGISTRATION = [
    ("raises", "    raise ValueError('two\\nlines')", "register_inspectors raised ValueError: two lines"),
    ("exits", "    raise SystemExit(1)", "register_inspectors raised SystemExit: 1"),
    ("refuses its settings", "    raise SettingsRefused('socket', 'no such file')", "SettingsRefused: socket: no such"),
    (
        "hangs",
        "    import threading\n    threading.Event().wait(20)",
        "register_inspectors did not answer within 2 s",
    ),
    (
        "is a generator without end",
        "    while True:\n        yield Looker()",
        "register_inspectors returned an object of type generator; expected a list or tuple of providers",
    ),
    ("returns text", "    return 'looker'", "returned an object of type str; expected a list or tuple"),
    (
        "returns the wrong object",
        "    return [object()]",
        "type object, which is not an object of Inspector or Scanner",
    ),
    ("returns a class", "    return [Looker]", "returned the class Looker, which is not an object of Inspector"),
    ("returns an abstract thing", "    return [Inspector()]", "raised TypeError"),
    (
        "returns a nameless one",
        "    class Nameless(Looker):\n        name = 'Not A Name'\n    return [Nameless()]",
        "with the name 'Not A Name'; a name is lower snake case",
    ),
    (
        "returns one of two kinds at once",
        "    class Both(Looker, Asker): ...\n    return [Both()]",
        "returned both Inspector or Scanner at once",
    ),
    ("offers a name twice", "    return [Looker(), Looker()]", "the inspector name 'looker' is taken by plugin 'bad'"),
    ("offers a taken name", "    x = Looker()\n    x.name = 'first'\n    return [x]", "is taken by plugin 'first'"),
]

IN_OTHER_HOOKS = [
    (
        "offers a connector without its verbs",
        "class Half(Connector):\n    name = 'half'\n\n@hookimpl\ndef register_connectors():\n    return [Half]",
        "register_connectors returned the class Half, which leaves out check, discover, hosts, read, spec",
    ),
    (
        "offers an object instead of a connector class",
        "@hookimpl\ndef register_connectors():\n    return [Looker()]",
        "an object of type Looker, which is not a subclass of Connector",
    ),
    (
        "offers a class instead of a function that builds a router",
        "@hookimpl\ndef register_routers():\n    return [Looker]",
        "the class Looker, which is not a function that builds a router",
    ),
    (
        "offers a command without a name",
        "@hookimpl\ndef register_commands():\n    return [click.Command(None)]",
        "an object of type Command, which is not a named click command",
    ),
]


def in_between(good: Good, bad: PluginSource) -> PluginHost:
    given = [good("first"), bad, good("last")]
    return build_host([source.name for source in given], {}, limits=QUICK, given=given)


def assert_only_the_bad_one_failed(host: PluginHost, reason: str) -> None:
    assert [(record.name, record.status) for record in host.enabled] == [
        ("first", Status.ACTIVE),
        ("bad", Status.FAILED),
        ("last", Status.ACTIVE),
    ]
    assert [found.plugin for found in host.catalog.inspectors] == ["first", "last"]
    assert reason in (host.enabled[1].reason or "")
    assert "\n" not in (host.enabled[1].reason or "")


@pytest.mark.parametrize(("how", "code", "reason"), ON_IMPORT)
def test_a_plugin_that_fails_on_import_stays_out(plugin: Writer, good: Good, how: str, code: str, reason: str) -> None:
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", code)), reason)


@pytest.mark.parametrize(("how", "code", "reason"), IN_CONTRACT)
def test_a_plugin_that_pluggy_or_the_host_refuses_is_left_nowhere(
    plugin: Writer, good: Good, how: str, code: str, reason: str
) -> None:
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", HEAD + code)), reason)


@pytest.mark.parametrize(("how", "body", "reason"), IN_REGISTRATION)
def test_a_plugin_that_fails_while_registering_stays_out(
    plugin: Writer, good: Good, how: str, body: str, reason: str
) -> None:
    code = f"{HEAD}\n@hookimpl\ndef register_inspectors():\n{body}"
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", code)), reason)


@pytest.mark.parametrize(("how", "code", "reason"), IN_OTHER_HOOKS)
def test_each_kind_of_provider_has_its_own_check(plugin: Writer, good: Good, how: str, code: str, reason: str) -> None:
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", HEAD + code)), reason)


@pytest.mark.parametrize("hook", [*CHECKS, "register_settings"])
def test_each_registration_hook_may_raise_without_harm_to_others(plugin: Writer, good: Good, hook: str) -> None:
    code = f"{HEAD}\n@hookimpl\ndef {hook}():\n    raise RuntimeError('on purpose')"
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", code)), "raised RuntimeError: on purpose")


@pytest.mark.parametrize("hook", [*CHECKS, "register_settings"])
def test_each_registration_hook_is_refused_when_asynchronous(plugin: Writer, good: Good, hook: str) -> None:
    code = f"{HEAD}\n@hookimpl\nasync def {hook}():\n    return None"
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", code)), "registration hooks are synchronous")


@pytest.mark.parametrize("hook", [*CHECKS, "register_settings"])
def test_each_registration_hook_is_refused_when_it_returns_something_else(
    plugin: Writer, good: Good, hook: str
) -> None:
    code = f"{HEAD}\n@hookimpl\ndef {hook}():\n    return [42]"
    host = in_between(good, plugin("bad", code))
    assert_only_the_bad_one_failed(host, hook)
    assert_only_the_bad_one_failed(host, "returned")


def test_a_plugin_that_fails_late_leaves_nothing_of_what_it_offered_before(plugin: Writer, good: Good) -> None:
    code = f"""{HEAD}
@hookimpl
def register_inspectors():
    return [Looker()]

@hookimpl
def register_notifiers():
    raise RuntimeError("too late")
"""
    assert_only_the_bad_one_failed(in_between(good, plugin("bad", code)), "register_notifiers raised RuntimeError")


def test_a_name_given_twice_loads_once_and_is_listed_as_failed(good: Good) -> None:
    host = build_host(["one", "one", "two"], {}, given=[good("one"), good("two")])
    assert [record.status for record in host.enabled] == [Status.ACTIVE, Status.FAILED, Status.ACTIVE]
    assert host.enabled[1].reason == "named twice in plugins.enabled; remove one of the two"
    assert host.absent("register_inspectors") == ()


def test_one_object_under_two_names_loads_once(good: Good) -> None:
    one = good("one")
    other = PluginSource(name="other", version="1", origin="test", load=one.load)
    host = build_host(["one", "other"], {}, given=[one, other])
    assert host.enabled[1].reason == "is the same object as plugin 'one'"


def test_an_unknown_name_is_listed_with_the_nearest_known_one(good: Good) -> None:
    host = build_host(["looker", "loker"], {}, given=[good("looker")])
    assert host.enabled[1].status is Status.FAILED
    assert host.enabled[1].reason == "no plugin of this name is installed; did you mean 'looker'?"
