"""Events from which terms count: several of them, late ones, missing ones, and the very day."""

from datetime import date

import pytest

from retention.circumstances import OpenEnd, Policy
from retention.reasons import ReasonCode
from retention.terms import (
    Counting,
    TermKind,
    Trigger,
)
from retention.verdicts import Outcome
from tests.retention_rules.rules import happened, term, verdict, years

CLOSED = date(2019, 6, 1)
PERMANENT = term(TermKind.PERMANENT)


class TestEventsAndCounting:
    def test_a_case_that_went_on_after_the_event_counts_from_its_closing(self) -> None:
        left = (happened("learner_left", date(2015, 6, 1)),)
        assert verdict(years(3, "learner_left"), closed=CLOSED, events=left).earliest_act_date == date(2023, 1, 1)

    def test_of_an_event_that_was_recorded_twice_the_later_counts(self) -> None:
        events = (happened("replaced", date(2022, 1, 1)), happened("replaced", date(2020, 1, 1)))
        assert verdict(years(3, "replaced"), closed=CLOSED, events=events).earliest_act_date == date(2026, 1, 1)

    def test_two_events_of_one_code_need_two_records(self) -> None:
        both = term(TermKind.UNTIL_EVENT)
        triggers = (Trigger("contract_ended", "договора"), Trigger("contract_ended", "соглашения"))
        rule = type(both)(kind=both.kind, triggers=triggers)
        one = happened("contract_ended", date(2020, 1, 1))._replace(words="Договора")
        waits = verdict(rule, closed=CLOSED, events=(one,))
        assert [each.words for each in waits.awaited] == ["соглашения"]
        two = (one, one._replace(words="соглашения", on=date(2021, 1, 1)))
        assert verdict(rule, closed=CLOSED, events=two).earliest_act_date == date(2022, 1, 1)

    def test_an_event_that_is_in_no_list_is_known_by_its_words(self) -> None:
        rule = years(1, "event")
        other = happened("event", date(2020, 1, 1))._replace(words="другое событие")
        assert verdict(rule, closed=CLOSED, events=(other,)).outcome is Outcome.AWAITING
        same = other._replace(words="СЛОВА event")
        assert verdict(rule, closed=CLOSED, events=(same,)).earliest_act_date == date(2022, 1, 1)

    def test_an_event_of_a_list_is_known_by_its_code_whatever_the_words(self) -> None:
        event = happened("replaced", date(2020, 1, 1))._replace(words="утверждения новой редакции")
        assert verdict(years(1, "replaced"), closed=CLOSED, events=(event,)).earliest_act_date == date(2022, 1, 1)
        stranger = happened("claimed", date(2020, 1, 1))
        assert verdict(years(1, "replaced"), closed=CLOSED, events=(stranger,)).outcome is Outcome.AWAITING

    @pytest.mark.parametrize(
        ("after", "free"), [(OpenEnd.NEXT_JANUARY, date(2026, 1, 1)), (OpenEnd.NEXT_DAY, date(2025, 5, 15))]
    )
    @pytest.mark.parametrize("kind", [TermKind.UNTIL_REPLACED, TermKind.UNTIL_CLAIMED, TermKind.UNTIL_EVENT])
    def test_an_open_end_is_free_as_the_institution_reads_it(self, kind: TermKind, after: OpenEnd, free: date) -> None:
        policy = Policy(source_of_acquisition=False, after_open_end=after)
        events = (happened("replaced", date(2025, 5, 14)),)
        found = verdict(term(kind, "replaced"), closed=CLOSED, events=events, policy=policy)
        assert found.earliest_act_date == free

    def test_from_29_february_by_the_moment(self) -> None:
        rule = years(3, "pd_destroyed", counting=Counting.MOMENT)
        events = (happened("pd_destroyed", date(2024, 2, 29)),)
        assert verdict(rule, closed=date(2024, 2, 29), events=events).earliest_act_date == date(2027, 3, 1)

    def test_dual_with_an_event_takes_the_length_by_the_closing_and_counts_from_the_event(self) -> None:
        rule, left = term(TermKind.DUAL, "event"), (happened("event", date(2005, 3, 1)),)
        assert verdict(rule, closed=date(2002, 5, 5), events=left).earliest_act_date == date(2081, 1, 1)
        assert verdict(rule, closed=date(2003, 5, 5), events=left).earliest_act_date == date(2056, 1, 1)
        moved = Policy(source_of_acquisition=False, dual_cutoff=2010)
        assert verdict(rule, closed=date(2009, 5, 5), events=left, policy=moved).earliest_act_date == date(2085, 1, 1)

    def test_the_least_time_before_the_need_ends_is_a_setting(self) -> None:
        rule, policy = term(TermKind.UNTIL_NOT_NEEDED, number=1), Policy(source_of_acquisition=True, need_floor_years=3)
        assert verdict(rule, closed=CLOSED, policy=policy).not_before == date(2023, 1, 1)
        longer = term(TermKind.UNTIL_NOT_NEEDED, number=5)
        assert verdict(longer, closed=CLOSED, policy=policy).not_before == date(2025, 1, 1)

    def test_a_decision_older_than_the_closing_does_not_count(self) -> None:
        rule = term(TermKind.UNTIL_NOT_NEEDED, number=1)
        old = verdict(rule, closed=CLOSED, need_ended_on=date(2019, 5, 31))
        assert old.outcome is Outcome.AWAITING
        early = [reason.facts for reason in old.reasons if reason.code is ReasonCode.NEED_ENDED_TOO_EARLY]
        assert early == [{"on": date(2019, 5, 31)}]
        assert verdict(rule, closed=CLOSED, need_ended_on=CLOSED).earliest_act_date == date(2021, 1, 1)
