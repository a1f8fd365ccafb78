"""A preview says of every case what asking about it alone says; accepting what is later frees nothing earlier."""

from datetime import date
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from core.redating.judging import kind_of
from core.redating.models import KINDS, UNAFFECTED, Kind, Part
from retention.case_facts import CaseFacts, state_of
from retention.cases import ACCEPT, CASE
from retention.circumstances import Circumstances, Policy, RuleVersion
from retention.errors import TransitionRefused
from retention.redating import compare
from retention.schedule import decide
from retention.verdicts import Verdict
from tests.registry.cases.desk import act as act_of_case
from tests.registry.cases.desk import close, open_case, read_case
from tests.registry.disposal.bureau import classes
from tests.registry.nomenclature.office import UNCLEAR
from tests.registry.redating.desk import accepted, lines, next_nomenclature, preview
from tests.registry_house import House, Json
from tests.retention_rules.any_case import DAYS, POLICIES, circumstances, rules

TODAY: Final = date(2026, 3, 1)
TERMS: Final = (
    "1 год",
    "5 лет",
    "5 лет ЭПК",
    "50/75 лет",
    "Постоянно",
    "До ликвидации организации",
    "До минования надобности",
    "До замены новыми",
    "3 года после замены новыми",
    UNCLEAR,
    "30 лет",
)
EVENT: Final = {"code": "replaced", "words": "замены новыми", "happened_on": "2021-06-01", "evidence": "приказ № 2"}


def allowed(before: Verdict, after: Verdict, *, earlier: bool) -> bool:
    facts = CaseFacts(verdict=after, verdict_before=before, bound=False, previewed=True, earlier_accepted=earlier)
    try:
        CASE.require(state_of(before), ACCEPT[state_of(after)], facts)
    except TransitionRefused:
        return False
    return True


@settings(max_examples=300)
@given(old=rules(), new=rules(), known=circumstances(), then=POLICIES, today=DAYS, data=st.data())
def test_what_is_accepted_as_later_loosens_nothing(
    old: RuleVersion, new: RuleVersion, known: Circumstances, then: Policy, today: date, data: st.DataObject
) -> None:
    policy = data.draw(st.just(then) | POLICIES)
    stored = decide(old, known, today=today, policy=then)
    now, after = (decide(rule, known, today=today, policy=policy) for rule in (old, new))
    kind = kind_of((stored, now), after, same_rule=old == new)
    if kind in {UNAFFECTED, *KINDS[Part.LATER]}:
        assert not compare(stored, after).needs_acceptance
        assert not compare(now, after).needs_acceptance
        assert allowed(stored, after, earlier=False)
        for before in (stored, now):
            if before.earliest_act_date is not None and after.earliest_act_date is not None:
                assert after.earliest_act_date >= before.earliest_act_date
    elif kind in KINDS[Part.EARLIER]:
        assert allowed(stored, after, earlier=True)
        assert not (allowed(stored, after, earlier=False) and allowed(now, after, earlier=False))
    else:
        assert kind == Kind.APPRAISAL_NEEDED
        assert not (allowed(stored, after, earlier=True) and allowed(now, after, earlier=True))


async def every_case(house: House) -> dict[str, list[Json]]:
    """By title of the class: a case closed in 2001, when «50/75» meant 75, and one closed in 2019."""
    rows = await classes(house, *TERMS, year=2001)
    made: dict[str, list[Json]] = {}
    for row in rows:
        for day in ("2001-12-25", "2019-05-31"):
            case = await close(house.a, await open_case(house.a, row, opened_on="2001-01-09"), day)
            made.setdefault(row["title"], []).append(case)
    for case in made["Дела 8"]:
        assert (await act_of_case(house.a, case, "events", EVENT)).status_code == 201
    return made


async def asked_alone(house: House, case: Json, term: str) -> tuple[str, str | None, str]:
    """What would become of one case under a term, and how that is accepted."""
    path = f"/api/v1/cases/{case['id']}/what-if"
    said = (await house.clerk.post(path, json={"term": term, "article": "ст. 0"})).json()
    kept = (await read_case(house.a, case))["outcome"] in {"permanent", "until_liquidation"}
    if said["needs_acceptance"]:
        free = said["outcome"] not in {"permanent", "until_liquidation"}
        way = "commission" if kept and free else "head"
    else:
        way = "officer"
    return said["outcome"], said["earliest_act_date"], way


WAYS: Final = {
    "unchanged": "officer",
    "later": "officer",
    "blocked": "officer",
    "earlier": "head",
    "unblocked": "head",
    "appraisal_needed": "commission",
}


async def test_a_preview_says_of_every_case_what_asking_alone_says(house_in_memory: House) -> None:
    house = house_in_memory
    cases = await every_case(house)
    terms = {f"Дела {number}": TERMS[(number + 4) % len(TERMS)] for number in range(len(TERMS))}
    alone = {case["id"]: await asked_alone(house, case, terms[title]) for title, made in cases.items() for case in made}
    before = {case["id"]: await read_case(house.a, case) for made in cases.values() for case in made}
    version = await next_nomenclature(house, await class_of(house, before), terms)
    shown = await preview(house, version_id=version["id"])
    found = await lines(house.a, shown, limit=200)
    told = {
        case_id: (line["after"]["outcome"], line["after"]["earliest_act_date"], WAYS[line["kind"]])
        for case_id, line in found.items()
    }
    assert told == alone
    done = await accepted(house, shown)
    after = {case_id: await read_case(house.a, {"id": case_id}) for case_id in before}
    for case_id, (outcome, earliest, way) in alone.items():
        now, then = after[case_id], before[case_id]
        expected = (outcome, earliest) if way == "officer" else (then["outcome"], then["earliest_act_date"])
        assert (now["outcome"], now["earliest_act_date"]) == expected
        if then["earliest_act_date"] and now["earliest_act_date"]:
            assert now["earliest_act_date"] >= then["earliest_act_date"]
    await accepted(house, done, "earlier-acceptance", "head")
    for case_id, (outcome, earliest, way) in alone.items():
        now, then = await read_case(house.a, {"id": case_id}), before[case_id]
        expected = (then["outcome"], then["earliest_act_date"]) if way == "commission" else (outcome, earliest)
        assert (now["outcome"], now["earliest_act_date"]) == expected


async def class_of(house: House, cases: dict[str, Json]) -> Json:
    """A row of the nomenclature that the cases stand under."""
    case = next(iter(cases.values()))
    found: Json = (await house.clerk.get(f"/api/v1/record-classes/{case['class_id']}")).json()
    return found
