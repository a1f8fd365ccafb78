"""What the connector reads, in every form in which the platform may say it."""

from datetime import date, timedelta
from math import ceil

import pytest

from core.devkit.faults import ErrorObject, HtmlPage, MissingFields, MissingTwins, RoundedIds, ServerError
from core.devkit.running import Outcome
from plugins.dnevnik import lessons
from plugins.dnevnik.connector import DnevnikConnector
from plugins.dnevnik.lessons import OVERLAP, Lessons, owns
from plugins.dnevnik.school import Period
from plugins.dnevnik.simulator import Size
from plugins.dnevnik.simulator.journal import final_marks
from tests.connectors.dnevnik.platforms import EVERYTHING, SMALL, SUMMER, bench_of, data, platform_of, ran

PARTED = Size(classes=2, learners=4, subjects=1, lessons=2)


async def test_marks_are_text_with_their_scale_joined_with_lesson_work_and_period() -> None:
    platform = platform_of(Size(classes=1, learners=5, subjects=2, lessons=12, subgroups=False))
    bench = await ran(platform)
    group = platform.world.schools[0].classes[0]
    period = platform.periods(group)[0]
    journal = platform.journal(group, period)
    results = data(bench, "results")
    for mark in journal.marks:
        lesson, said = mark.work.lesson, results[str(mark.id)]
        assert lesson is not None
        assert (said.value, said.scale, said.learner) == (mark.value, mark.scale, str(mark.person))
        assert (said.held_on, said.graded_on, said.title) == (lesson.day, mark.moment.date(), lesson.title)
        assert (said.subject, said.group, said.period) == (str(lesson.subject.id), str(group.id), str(period.id))
        assert said.teacher == str(lesson.teacher)
        assert said.result_kind in {"Работа на уроке", "Контрольная работа"}
    assert {("4-", "mark5"), ("Н/А", "markna"), ("зач", "test")} <= {
        (each.value, each.scale) for each in results.values()
    }
    assert bench.kept.dangling() == []


async def test_long_numbers_that_were_rounded_do_no_harm_where_there_is_a_text_twin() -> None:
    size = Size(classes=1, learners=4, subjects=2, lessons=2)
    exact, platform = await ran(platform_of(size), attendance=True), platform_of(size)
    platform.faults.on(RoundedIds())
    rounded = await ran(platform, attendance=True)
    for stream in ("groups", "learners", "enrolments", "results", "attendance", "teaching"):
        kinds = {key: each.model_copy(update={"result_kind": ""}) for key, each in data(exact, stream).items()}
        assert kinds == {
            key: each.model_copy(update={"result_kind": ""}) for key, each in data(rounded, stream).items()
        }
    assert {each.result_kind for each in data(rounded, "results").values()} == {"CommonWork"}


async def test_without_text_twins_the_numbers_are_taken_whole() -> None:
    exact, platform = await ran(platform_of()), platform_of()
    platform.faults.on(MissingTwins())
    assert (await ran(platform)).kept.said() == exact.kept.said()


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["usual", "everything"])
async def test_no_request_is_wasted(settings: dict[str, object]) -> None:
    platform = platform_of(Size(classes=2, learners=3, subjects=1, lessons=1), now=SUMMER)
    bench = bench_of(platform, schools=[str(platform.world.schools[0].id)], reread_weeks=52, **settings)
    report = await bench.run()
    school = platform.world.schools[0]
    journals = sum(len(platform.periods(group)) for group in school.groups)
    learners = [member.human for group in school.classes for member in group.members if member.status == "Active"]
    once = 4 + ceil(len(school.groups) / 50)
    """Groups, subjects, staff and types of works, and rosters fifty groups at a time."""
    least = once + 3 * len(school.classes) + 2 * journals
    if settings:
        least += journals + sum(human.user is not None for human in learners) + 10 + len(data(bench, "homework_files"))
    assert report.outcome is Outcome.COMPLETE
    assert least <= report.requests <= least * 1.05
    assert report.repeated == []


async def test_a_later_run_asks_for_the_current_period_and_the_one_before_for_some_weeks() -> None:
    platform = platform_of()
    bench = bench_of(platform, reread_weeks=4)
    group = platform.world.schools[0].classes[0]
    starts = [period.start - timedelta(days=1) for period in platform.periods(group)]
    asked = []
    for weeks in (0, 0, 9, 0):
        bench.now += timedelta(weeks=weeks)
        platform.now += timedelta(weeks=weeks)
        platform.faults.forget_requests()
        await bench.run()
        asked.append([bool(platform.faults.requests(f"GET */marks/{start}/*")) for start in starts])
    assert asked == [
        [True, True, True, False],
        [False, False, True, False],
        [False, False, True, True],  # once more, because it had not ended when it was read last
        [False, False, False, True],
    ]


async def test_pupils_of_another_school_are_left_out_and_said() -> None:
    clean, platform = await ran(platform_of()), platform_of(foreign_pupils=True)
    bench = await ran(platform)
    assert bench.kept.said() == clean.kept.said()
    foreign = {str(member.human.id) for member in platform.world.schools[1].classes[0].members}
    letters = {key: reason for (stream, key), reason in bench.kept.open_letters().items() if stream == "results"}
    assert len(letters) == 3
    assert all(reason.startswith("records of 1 persons who are in no class") for reason in letters.values())
    assert not any(person in text for person in foreign for text in bench.texts)


async def test_marks_of_subgroups_come_once_whether_the_class_brings_them_too_or_alone() -> None:
    apart = await ran(platform_of(PARTED))
    both = await ran(platform_of(PARTED, subgroup_marks_in_class=True))
    alone = await ran(platform_of(PARTED, subgroup_marks_in_class=True), spellings={"subgroups_apart": False})
    assert both.kept.said() == apart.kept.said()
    assert data(alone, "results").keys() == data(apart, "results").keys()
    groups = {each.group for each in data(apart, "results").values()}
    assert groups == data(apart, "groups").keys()


@pytest.mark.parametrize("settings", [{}, {"spellings": {"marks_by": "grading"}}], ids=["said wrongly", "said"])
async def test_no_mark_is_lost_whatever_day_an_interval_means(settings: dict[str, object]) -> None:
    by_lesson = await ran(platform_of(PARTED))
    by_grading = await ran(platform_of(PARTED, marks_by="grading"), **settings)
    assert data(by_grading, "results").keys() == data(by_lesson, "results").keys()
    exclusive = await ran(platform_of(PARTED, marks_by="grading", interval_end="exclusive"), **settings)
    assert data(exclusive, "results").keys() == data(by_lesson, "results").keys()


@pytest.mark.parametrize(
    ("day", "owners"),
    [
        (date(2025, 8, 31), {1}),  # before all of them: nobody else brings it
        (date(2025, 9, 1), {1}),
        (date(2025, 11, 4), {1}),  # between two of them
        (date(2025, 11, 5), {2}),  # the first asks for it too, because of the overlap
        (date(2025, 12, 29), {2}),  # after all of them
    ],
)
def test_a_day_belongs_to_one_period(day: date, owners: set[int]) -> None:
    first = Period(
        "1", "", "Quarter", 1, date(2025, 9, 1), date(2025, 10, 26), date(2025, 11, 4), is_first=True, is_last=False
    )
    second = Period(
        "2", "", "Quarter", 2, date(2025, 11, 5), date(2025, 12, 28), date(2025, 12, 28), is_first=False, is_last=True
    )
    near = [period for period in (first, second) if period.starts_on - OVERLAP <= day <= period.until + OVERLAP]
    assert {period.number for period in near if owns(period, day)} == owners
    assert owns(first, date(2026, 2, 1))  # not asked for, but here it is
    assert owns(first, None)


async def test_marks_of_lessons_outside_the_interval_are_joined_by_one_call_for_many() -> None:
    platform = platform_of(final_marks_among_marks=True)
    bench = await ran(platform)
    assert data(bench, "results").keys() == data(await ran(platform_of()), "results").keys()
    assert platform.faults.requests("POST */works/many") == 2


async def test_people_come_as_they_are_without_account_with_a_short_name_only_or_archived() -> None:
    platform = platform_of()
    bench = await ran(platform)
    first, without_account, short, left = (member.human for member in platform.world.schools[0].classes[0].members)
    learners = data(bench, "learners")
    assert learners[str(first.id)].account == str(first.user)
    assert learners[str(without_account.id)].account == ""
    assert (learners[str(short.id)].full_name, learners[str(short.id)].family_name) == (short.short, "")
    assert [learners[str(human.id)].archived for human in (first, without_account, short, left)] == [False] * 3 + [True]
    assert {each.patronymic for each in learners.values()} >= {first.patronymic}
    teacher = data(bench, "teachers")[str(platform.world.schools[0].staff[0].id)]
    assert (teacher.position, teacher.email, teacher.birth_date) == ("Учитель", "", None)


async def test_a_learner_who_moves_is_archived_in_one_class_and_active_in_the_other() -> None:
    platform = platform_of(Size(classes=2, learners=3, subjects=1, lessons=1, subgroups=False))
    bench = await ran(platform)
    before, after = platform.world.schools[0].classes
    person = before.members[0].human.id
    platform.move(person, before, after)
    await bench.run()
    enrolments = data(bench, "enrolments")
    assert enrolments[f"{before.id}:{person}"].archived
    assert not enrolments[f"{after.id}:{person}"].archived
    assert not data(bench, "learners")[str(person)].archived
    assert not [key for key, (_, gone) in bench.kept.said().items() if gone]


async def test_final_marks_say_the_same_as_a_list_and_as_a_bundle() -> None:
    listed = await ran(platform_of(now=SUMMER), reread_weeks=52)
    bundled = await ran(platform_of(now=SUMMER, final_marks="bundle"), reread_weeks=52)
    assert bundled.kept.said() == listed.kept.said()
    finals = data(listed, "final_results").values()
    assert {(each.final_kind, each.period is None) for each in finals} == {
        ("Отметка за период", False),
        ("Отметка за год", True),
    }
    assert {each.decided_on for each in finals if each.period is None} == {date(2026, 5, 26)}


@pytest.mark.parametrize(("works_tell", "asked"), [(True, 0), (False, 4)])
async def test_the_kind_of_a_final_mark_is_asked_of_each_person_only_where_works_do_not_tell_it(
    *, works_tell: bool, asked: int
) -> None:
    platform = platform_of(now=SUMMER)
    platform.faults.on(MissingFields(path="*/work-types/*", fields=("title", "kind")))
    if not works_tell:
        platform.faults.on(MissingFields(path="*/works/many", fields=("type",)))
    bench = await ran(platform, reread_weeks=52)
    kinds = {each.final_kind for each in data(bench, "final_results").values() if each.period is None}
    assert kinds == {"YearMark" if works_tell else "Отметка за год"}
    assert platform.faults.requests("POST */works/many") == 1
    assert platform.faults.requests("GET */allfinalmarks") == asked


def test_the_simulated_year_has_examinations_in_the_ninth_class() -> None:
    platform = platform_of(Size(classes=5, learners=1, subjects=1, lessons=1, subgroups=False), now=SUMMER)
    school = platform.world.schools[0]
    kinds = {mark.work.kind for mark in final_marks(school, school.classes[4], None, date(2026, 6, 10), 1)}
    assert kinds == {"YearMark", "ExamMark"}


@pytest.mark.parametrize("archive", ["all", "only"])
async def test_pupils_are_the_same_asked_many_classes_at_once_or_one_by_one(archive: str) -> None:
    bulk = await ran(platform_of(PARTED))
    single = await ran(platform_of(PARTED, archive=archive), spellings={"rosters": "persons"})
    assert single.kept.said() == bulk.kept.said()


async def test_when_many_classes_are_refused_each_is_asked_alone_and_nobody_counts_as_gone() -> None:
    platform = platform_of(PARTED)
    bench = await ran(platform)
    before = bench.kept.said()
    refused = platform.world.schools[0].classes[0].id
    platform.faults.on(ErrorObject(path="/v2/edu-groups", code="systemForbidden"))
    platform.faults.on(ErrorObject(path=f"/v2/edu-groups/{refused}/persons", code="notOwner"))
    report = await bench.run()
    assert report.outcome is Outcome.PARTIAL
    assert bench.kept.said() == before
    told = [trouble.message for trouble in report.troubles if trouble.stream == "learners"]
    assert told == [f"the platform gave no pupils of 1 groups: {refused}"]


async def test_absences_are_the_same_asked_by_class_or_by_lessons_also_when_lessons_were_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_class = await ran(platform_of(PARTED), attendance=True)
    by_lessons = await ran(platform_of(PARTED), attendance=True, spellings={"attendance": "lessons", "many": 5})
    monkeypatch.setattr(lessons, "_KEPT", 1)
    forgotten = await ran(platform_of(PARTED), attendance=True)
    assert data(by_class, "attendance")
    assert by_lessons.kept.said() == by_class.kept.said() == forgotten.kept.said()
    assert {each.status for each in data(by_class, "attendance").values()} <= {"Absent", "Ill", "Late", "Pass"}
    assert all(key == f"{key.split(':')[0]}:{each.learner}" for key, each in data(by_class, "attendance").items())


async def test_representatives_come_from_both_forms_and_a_refused_learner_holds_nobody_back() -> None:
    listed = await ran(platform_of(), guardians=True)
    assert (await ran(platform_of(relatives="object"), guardians=True)).kept.said() == listed.kept.said()
    first, _, third, _ = (member.human for member in platform_of().world.schools[0].classes[0].members)
    guardians = data(listed, "guardians")
    assert {each.learner for each in guardians.values()} == {str(first.id), str(third.id)}
    assert {each.relation for each in guardians.values()} == {"Mother"}
    platform = platform_of()
    platform.faults.on(ErrorObject(path=f"*/users/{first.user}/relatives", code="ownerForbidden"))
    bench = bench_of(platform, guardians=True)
    report = await bench.run()
    assert {each.learner for each in data(bench, "guardians").values()} == {str(third.id)}
    assert list(bench.kept.open_letters()) == [("guardians", str(first.id))]
    assert report.outcome is Outcome.PARTIAL


async def test_classes_of_past_years_are_read_under_their_own_ids_where_they_are_wanted() -> None:
    platform = platform_of()
    past = platform.world.schools[0].past[0]
    now, both = await ran(platform_of()), await ran(platform, past_years=True)
    assert now.kept.said().items() <= both.kept.said().items()
    assert data(both, "groups").keys() - data(now, "groups").keys() == {str(past.id)}
    assert data(both, "groups")[str(past.id)].study_year == "2024/2025"
    old = [each for each in data(both, "results").values() if each.group == str(past.id)]
    assert len({each.period for each in old}) == 4
    assert both.kept.dangling() == []
    assert both.kept.open_letters() == {}


async def test_a_page_instead_of_a_file_is_no_file() -> None:
    platform = platform_of()
    platform.faults.on(HtmlPage(path="/files/*"))
    bench = await ran(platform, homework_files=True)
    letters = {reason for (stream, _), reason in bench.kept.open_letters().items() if stream == "homework_files"}
    assert letters == {"transient: instead of the file came text/html (status 200)"}
    assert bench.kept.files == {}
    platform.faults.off()
    await bench.run()
    assert all(file.size == data(bench, "homework_files")[key].size for (_, key), file in bench.kept.files.items())


async def test_a_class_in_trouble_holds_no_other_back() -> None:
    platform = platform_of(Size(classes=2, learners=2, subjects=1, lessons=1, subgroups=False))
    ill, well = platform.world.schools[0].classes
    platform.faults.on(ServerError(path=f"*/edu-groups/{ill.id}/marks/*"))
    bench = bench_of(platform)
    report = await bench.run()
    assert {each.group for each in data(bench, "results").values()} == {str(well.id)}
    assert report.outcome is Outcome.PARTIAL
    assert {trouble.problem for trouble in report.troubles} == {"transient"}


@pytest.mark.parametrize("code", ["notOwner", "serverError"])
async def test_a_class_without_reporting_periods_holds_no_other_back(code: str) -> None:
    platform = platform_of(Size(classes=2, learners=2, subjects=1, lessons=1, subgroups=False))
    strange, well = platform.world.schools[0].classes
    platform.faults.on(ErrorObject(path=f"*/{strange.id}/reporting-periods", code=code))
    bench = bench_of(platform)
    report = await bench.run()
    assert {each.group for each in data(bench, "results").values()} == {str(well.id)}
    [trouble] = report.troubles
    assert (trouble.stream, trouble.problem) == ("study_periods", "transient")
    assert str(strange.id) in trouble.message


async def test_a_learner_at_whom_the_server_fails_is_said_and_a_server_that_fails_at_all_is_left_in_peace() -> None:
    for path, letters, requests in (("1500100000001", 1, 7), ("*", 2, 3)):
        platform = platform_of(Size(classes=1, learners=9, subjects=1, lessons=1, subgroups=False))
        platform.faults.on(ErrorObject(path=f"*/users/{path}/relatives", code="apiServerError"))
        bench = bench_of(platform, guardians=True)
        report = await bench.run()
        assert {trouble.problem for trouble in report.troubles} == {"transient"}
        assert len(bench.kept.open_letters()) <= letters
        assert len([line for line in platform.faults.requested if line.endswith("/relatives")]) == requests


async def test_one_id_that_is_refused_among_many_costs_the_others_nothing() -> None:
    platform = platform_of(final_marks_among_marks=True)
    connector = await bench_of(platform).open()
    assert isinstance(connector, DnevnikConnector)
    group = platform.world.schools[0].classes[0]
    journal = platform.journal(group, platform.periods(group)[0])
    ids = [str(work.id) for work in journal.works.values()]
    found = await Lessons(connector.run).many("/works/many", [*ids, "1"])
    assert {each["id_str"] for each in found} == set(ids)


async def test_who_taught_what_is_known_in_summer_too() -> None:
    bench = await ran(platform_of(SMALL, now=SUMMER), reread_weeks=52)
    teaching = data(bench, "teaching")
    assert len(teaching) == 4 * SMALL.subjects
    assert {each.role for each in teaching.values()} == {"teacher"}
    assert all(each.subject and each.staff and each.starts_on < each.ends_on for each in teaching.values())
