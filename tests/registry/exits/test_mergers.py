"""A case goes into another one of its class: everything follows, nothing is free earlier, and holds reach it still."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.exits.merging import latest, shortens
from retention import schedule
from retention.circumstances import Circumstances, Policy, RuleVersion
from retention.terms import Rule, Term, TermKind
from tests.registry.cases.desk import CASES, act, close, file, hold, open_case, read_case, why
from tests.registry.disposal import bureau
from tests.registry.documents.papers import keep
from tests.registry.exits.gate import filled_case, merge
from tests.registry_house import House, code
from tests.retention_rules.any_case import DAYS, POLICIES, circumstances, rules

POLICY = Policy(source_of_acquisition=False)


async def test_documents_volumes_and_the_later_day_follow_into_an_open_case(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    target = await open_case(house.a, row, opened_on="2020-01-09", title="Том 1")
    source = await filled_case(house.a, row, b"one\n", b"two\n", closed_on=None, title="Том 2", opened_on="2020-02-01")
    [volume] = (await read_case(house.a, source))["volumes"]
    document = await keep(house.a, b"three\n", issued_on="2020-11-05")
    assert (await file(house.a, document, source, volume_id=volume["id"])).status_code == 200
    answer = await merge(house.a, source, target)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["documents"], answer.json()["volumes"]) == (3, 1)
    assert code(await merge(house.a, source, target)) == (409, "merger_refused")
    merged, taken = await read_case(house.a, source), await read_case(house.a, target)
    assert (merged["state"], taken["state"], taken["last_document_on"]) == ("merged", "open", "2020-11-05")
    assert [each["number"] for each in taken["volumes"]] == [1, 2]
    assert taken["electronic_fate"] == "kept"
    found = (await house.clerk.get(f"/api/v1/documents/{document['id']}")).json()
    assert (found["case_id"], found["volume_id"]) == (target["id"], taken["volumes"][1]["id"])
    moved = (await house.clerk.get(f"{CASES}/{target['id']}/movements")).json()["items"]
    assert {(each["from_case_id"], each["reason"]) for each in moved} == {(source["id"], "так решено")}
    assert len(moved) == 3
    [trace] = (await house.clerk.get(f"{CASES}/{target['id']}/mergers")).json()["items"]
    assert trace["case_id"] == source["id"]
    early = await act(house.a, target, "closing", {"closed_on": "2020-10-01", "close_volumes": True})
    assert code(early) == (422, "impossible_case_date")
    # A hold on what has gone into it, or on its person, holds the whole.
    await hold(house.a, case_ids=[source["id"]])
    assert len((await read_case(house.a, target))["hold_ids"]) == 1
    await hold(house.a, person_ids=[str(house.a.learner)])
    assert len((await read_case(house.a, target))["hold_ids"]) == 2


async def test_a_closed_target_is_dated_anew_and_never_earlier(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    target = await close(house.a, await open_case(house.a, row, opened_on="2020-01-09"), "2020-06-01")
    first = await open_case(house.a, row, opened_on="2020-02-01", title="А")
    second = await filled_case(house.a, row, b"late\n", closed_on=None, title="Б", opened_on="2020-02-02")
    late = await keep(house.a, b"later\n", issued_on="2021-02-03")
    await file(house.a, late, second)
    assert target["earliest_act_date"] == "2026-01-01"
    assert (await merge(house.a, first, second)).status_code == 409
    assert (await merge(house.a, second, target)).status_code == 201
    dated = await read_case(house.a, target)
    assert (dated["closed_on"], dated["earliest_act_date"]) == ("2021-02-03", "2027-01-01")
    assert (dated["state"], (await why(house.a, target))["outcome"]) == ("retained", "retained")
    assert all(each["closed_on"] for each in dated["volumes"])
    assert (await merge(house.a, first, target)).status_code == 201
    assert (await read_case(house.a, target))["earliest_act_date"] == "2027-01-01"


async def test_a_hold_reaches_through_a_chain_of_mergers(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    cases = [await open_case(house.a, row, opened_on=f"2020-01-1{n}", title=f"Том {n}") for n in range(3)]
    assert (await merge(house.a, cases[2], cases[1])).status_code == 201
    assert (await merge(house.a, cases[1], cases[0])).status_code == 201
    await hold(house.a, case_ids=[cases[2]["id"]])
    assert len((await read_case(house.a, cases[0]))["hold_ids"]) == 1
    lies = await house.owner.fetch("SELECT merged_into_id FROM cases WHERE state = 'merged'")
    assert {row["merged_into_id"] for row in lies} == {UUID(cases[0]["id"])}


async def test_what_may_not_be_merged(house_in_memory: House) -> None:
    house = house_in_memory
    [five, other] = await bureau.classes(house, "5 лет", "3 года")
    target = await open_case(house.a, five, opened_on="2020-01-09")
    source = await open_case(house.a, five, opened_on="2020-02-01", title="Второе")
    foreign = await open_case(house.a, other, opened_on="2020-02-01")
    closed = await close(house.a, await open_case(house.a, five, opened_on="2020-02-02"), "2020-12-01")
    for wrong, into, reason in (
        (source, source, "into_itself"),
        (foreign, target, "other_class"),
        (closed, target, "case_in_another_state"),
        (target, source, "opened_later"),
    ):
        refused = await merge(house.a, wrong, into)
        assert (code(refused), reason in refused.json()["reasons"]) == ((409, "merger_refused"), True), reason
    assert code(await merge(house.other, source, target)) == (404, "not_found")
    held = await hold(house.a, case_ids=[target["id"]])
    assert "held" in (await merge(house.a, source, target)).json()["reasons"]
    assert held["id"]
    assert (await read_case(house.a, source))["state"] == "open"


async def test_a_prolonged_or_stricter_source_is_not_merged_into_what_is_free_earlier(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    target = await open_case(house.a, row, opened_on="2020-01-09")
    source = await open_case(house.a, row, opened_on="2020-02-01")
    await house.owner.execute(
        "INSERT INTO case_facts (id, institution_id, case_id, kind, happened_on, evidence, recorded_by, recorded_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'prolonged', '2040-01-01', 'протокол № 1', gen_random_uuid(), now())",
        house.a.id,
        UUID(source["id"]),
    )
    refused = await merge(house.a, source, target)
    assert refused.json()["reasons"] == ["merger_shortens"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(rules(), rules(), circumstances(), circumstances(), POLICIES, DAYS, st.integers(0, 4000))
def test_nothing_is_free_earlier_by_a_merger(
    source_rule: RuleVersion,
    target_rule: RuleVersion,
    source: Circumstances,
    target: Circumstances,
    policy: Policy,
    today: date,
    later: int,
) -> None:
    """Whatever may be merged today: on no later day is the whole free when the source by itself would not be."""
    common = latest([source.closed_on, target.closed_on])
    merged = replace(target, closed_on=common)
    alone_now = schedule.decide(source_rule, source, today=today, policy=policy)
    merged_now = schedule.decide(target_rule, merged, today=today, policy=policy)
    assume(not shortens(alone_now, merged_now))
    then = today + timedelta(days=later)
    alone = schedule.decide(source_rule, source, today=then, policy=policy)
    whole = schedule.decide(target_rule, merged, today=then, policy=policy)
    if alone.earliest_act_date is not None and whole.earliest_act_date is not None:
        assert whole.earliest_act_date >= alone.earliest_act_date
    if whole.earliest_act_date is not None and not alone.holds and not alone.appraised:
        assert alone.earliest_act_date is not None


@given(st.integers(1, 75), DAYS, DAYS, DAYS)
def test_two_cases_of_one_plain_rule_may_always_be_merged(years: int, first: date, second: date, today: date) -> None:
    rule = RuleVersion("1", Rule(term=Term(kind=TermKind.YEARS, years=years)))
    verdicts = [
        schedule.decide(rule, Circumstances(closed_on=day), today=today, policy=POLICY)
        for day in (first, second, max(first, second))
    ]
    assert not shortens(verdicts[0], verdicts[2])
    assert not shortens(verdicts[1], verdicts[2])


def test_a_later_closing_that_shortens_the_term_is_seen() -> None:
    """75 years until 2002, 50 since (125-ФЗ ст. 22.1): together they would be free a quarter of a century earlier."""
    rule = RuleVersion("1", Rule(term=Term(kind=TermKind.DUAL, dual=(50, 75))))
    alone, merged = (
        schedule.decide(rule, Circumstances(closed_on=day), today=date(2026, 3, 2), policy=POLICY)
        for day in (date(2002, 12, 1), date(2003, 2, 1))
    )
    assert shortens(alone, merged)
