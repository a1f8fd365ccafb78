"""`review_disposal` and `on_event`: every plugin is asked, in order, and none can silence another."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.plugins import PLUGIN_FAILED, Ending, Limits, PluginHost, PluginSource, Status, build_host
from core.sdk import DisposalLine, DisposalReview, DisposalStage, Event, hookimpl

Writer = Callable[[str, str], PluginSource]
QUICK = Limits(load=5, register=5, review=2, event=2)


def line(number: int) -> DisposalLine:
    return DisposalLine(
        id=UUID(int=number),
        case_id=UUID(int=100 + number),
        index=f"02-{number}",
        title="Журналы учёта занятий",
        first_year=2018,
        last_year=2019,
        volumes=2,
        term="5 лет",
        article="ст. 605",
        rule_version="236-2019.1",
    )


REVIEW = DisposalReview(
    act_id=UUID(int=1), institution_id=UUID(int=77), stage=DisposalStage.PROPOSED, lines=(line(1), line(2))
)
EVENT = Event(
    id=UUID(int=9),
    name="document.accepted",
    occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
    institution_id=None,
    facts={"pages": 2},
)

IMPORTS = "import asyncio, threading\nfrom core.sdk import *\nfrom core.sdk import hookimpl\n\n@hookimpl\n"
OBJECTS = "    return [Objection(line_id=review.lines[0].id, code='claim_pending', reason='A claim is pending.')]"

REVIEWERS_THAT_FAIL = [
    ("def review_disposal(review):\n    raise RuntimeError('no answer')", "raised RuntimeError: no answer"),
    ("async def review_disposal(review):\n    raise RuntimeError('no answer')", "raised RuntimeError: no answer"),
    ("def review_disposal():\n    raise SystemExit", "raised SystemExit"),
    ("def review_disposal():\n    threading.Event().wait(20)", "did not answer within 2 s"),
    ("async def review_disposal():\n    await asyncio.Event().wait()", "did not answer within 2 s"),
    ("def review_disposal():\n    return False", "returned an object of type bool"),
    ("def review_disposal():\n    return ['no']", "type str, which is not an Objection"),
    ("def review_disposal(review):\n    yield review", "returned an object of type generator"),
    (
        "def review_disposal(review):\n    return [Objection(line_id=review.institution_id, code='x', reason='x')]",
        "an objection to line 00000000-0000-0000-0000-00000000004d, which it was not asked about",
    ),
]


def host_of(*given: PluginSource) -> PluginHost:
    return build_host([source.name for source in given], {}, limits=QUICK, given=given)


async def test_objections_come_with_the_plugin_that_raised_them(plugin: Writer) -> None:
    host = host_of(
        plugin("one", f"{IMPORTS}def review_disposal(review):\n{OBJECTS}"),
        plugin("two", f"{IMPORTS}async def review_disposal(review, settings):\n    assert settings is None"),
    )
    raised = await host.review_disposal(REVIEW)
    assert [(each.plugin, each.objection.line_id, each.objection.code) for each in raised] == [
        ("one", UUID(int=1), "claim_pending")
    ]


@pytest.mark.parametrize(("code", "reason"), REVIEWERS_THAT_FAIL)
async def test_a_reviewer_that_fails_objects_to_every_line_and_others_are_still_heard(
    plugin: Writer, code: str, reason: str
) -> None:
    host = host_of(
        plugin("bad", IMPORTS + code),
        plugin("good", f"{IMPORTS}async def review_disposal(review):\n{OBJECTS}"),
    )
    raised = await host.review_disposal(REVIEW)
    assert [(each.plugin, each.objection.line_id.int, each.objection.code) for each in raised] == [
        ("bad", 1, PLUGIN_FAILED),
        ("bad", 2, PLUGIN_FAILED),
        ("good", 1, "claim_pending"),
    ]
    assert reason in raised[0].objection.reason
    assert "take it out of plugins.enabled" in raised[0].objection.reason


@pytest.mark.parametrize(
    ("code", "objects"),
    [
        ("raise RuntimeError", True),
        (f"{IMPORTS}def reviewdisposal(review):\n    pass", True),
        (
            f"{IMPORTS}def review_disposal(review):\n    pass\n\n@hookimpl\ndef register_renderers():\n    return 1",
            True,
        ),
        (f"{IMPORTS}def register_renderers():\n    return 1", False),
    ],
    ids=["cannot be imported", "misspells a hook", "has the hook but did not register", "has no such hook"],
)
async def test_a_plugin_that_did_not_load_objects_unless_it_surely_would_not_have_been_asked(
    plugin: Writer, code: str, *, objects: bool
) -> None:
    raised = await host_of(plugin("bad", code)).review_disposal(REVIEW)
    assert [each.objection.line_id.int for each in raised] == ([1, 2] if objects else [])


async def test_without_reviewers_nobody_objects(good: Callable[[str], PluginSource]) -> None:
    assert await host_of(good("one")).review_disposal(REVIEW) == ()


LISTENERS_THAT_FAIL = [
    ("def on_event(event):\n    raise RuntimeError('down')", Ending.ERROR, "raised RuntimeError: down"),
    ("async def on_event(event):\n    raise SystemExit(2)", Ending.ERROR, "raised SystemExit: 2"),
    ("def on_event(event):\n    threading.Event().wait(20)", Ending.TIMEOUT, "did not answer within 2 s"),
    ("async def on_event(event):\n    await asyncio.sleep(20)", Ending.TIMEOUT, "did not answer within 2 s"),
    ("def on_event(event):\n    yield event", Ending.ERROR, "returned an object of type generator"),
    ("async def on_event(event):\n    yield event", Ending.ERROR, "returned an object of type async_generator"),
]


@pytest.mark.parametrize(("code", "ending", "reason"), LISTENERS_THAT_FAIL)
async def test_a_listener_that_fails_silences_nobody(plugin: Writer, code: str, ending: Ending, reason: str) -> None:
    host = host_of(
        plugin("first", f"{IMPORTS}def on_event(event):\n    pass"),
        plugin("bad", IMPORTS + code),
        plugin("last", f"{IMPORTS}async def on_event(event):\n    await asyncio.sleep(0)"),
    )
    outcomes = await host.deliver(EVENT)
    assert [(each.plugin, each.ending) for each in outcomes] == [
        ("first", Ending.VALUE),
        ("bad", ending),
        ("last", Ending.VALUE),
    ]
    assert reason in (outcomes[1].reason or "")


async def test_an_event_can_be_told_again_to_those_who_failed(plugin: Writer) -> None:
    code = f"{IMPORTS}def on_event(event):\n    pass"
    host = host_of(plugin("one", code), plugin("two", code))
    assert host.listeners == ("one", "two")
    assert [each.plugin for each in await host.deliver(EVENT, only={"two"})] == ["two"]


async def test_what_one_listener_does_to_an_event_is_seen_by_no_other(plugin: Writer) -> None:
    host = host_of(
        plugin("vandal", f"{IMPORTS}def on_event(event):\n    event.facts.clear()"),
        plugin("witness", f"{IMPORTS}def on_event(event):\n    assert event.facts == {{'pages': 2}}"),
    )
    assert all(each.ok for each in await host.deliver(EVENT))
    assert EVENT.facts == {"pages": 2}


class Recorder:
    """A plugin that says when it was asked."""

    def __init__(self, name: str, calls: list[str], *, fails: bool) -> None:
        self.name, self.calls, self.fails = name, calls, fails

    @hookimpl
    def on_event(self, event: Event) -> None:
        self.calls.append(self.name)
        if self.fails:
            message = "on purpose"
            raise RuntimeError(message)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.text("abcdef", min_size=1), st.booleans()), unique_by=lambda each: each[0], max_size=8))
async def test_outcomes_come_in_the_order_of_registration(plugins: list[tuple[str, bool]]) -> None:
    calls: list[str] = []
    given = [
        PluginSource(name=name, version="1", origin="test", load=partial(Recorder, name, calls, fails=fails))
        for name, fails in plugins
    ]
    outcomes = await host_of(*given).deliver(EVENT)
    names = [name for name, _ in plugins]
    assert calls == names
    assert [(each.plugin, each.ok) for each in outcomes] == [(name, not fails) for name, fails in plugins]


async def test_who_has_not_come_back_is_listed_with_what_it_hangs_in(good: Callable[[str], PluginSource]) -> None:
    host, back = host_of(good("one")), Future[None]()
    host.fence.leave("one", "connection 7", back)
    assert host.inventory()[0].reason == "has not come back from: connection 7; restart the service"
    assert host.inventory()[0].status is Status.ACTIVE
    back.set_result(None)
    assert host.inventory()[0].reason is None
