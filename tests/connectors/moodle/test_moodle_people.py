"""Courses, people, groups, and who belongs to them."""

from dataclasses import dataclass

import pytest

from core.devkit.bench import Bench
from core.devkit.faults import Rewriting
from core.devkit.running import Outcome
from core.sdk.connectors import EnrolmentData, GroupData, LearnerData, Problem, ProblemClass, StreamState, SubjectData
from plugins.moodle.simulator.platform import SimulatedMoodle
from plugins.moodle.simulator.site import Enrolment, User
from tests.connectors.moodle.conftest import bench_at, messages_of, records_of


async def test_courses_are_subjects_and_groups_and_the_front_page_is_neither(bench: Bench) -> None:
    subjects = await records_of(bench, "courses")
    groups = await records_of(bench, "groups")
    assert sorted(subjects) == ["2", "3"]
    assert subjects["2"].data == SubjectData(
        name="Алгебра 9 класс: числа & функции", code="C-2", area="Основное общее образование"
    )
    assert subjects["3"].data == SubjectData(name="Геометрия 9 класс", code="C3", area="9 класс & 10 класс")
    assert groups["course-2"].data == GroupData(name="Алгебра 9 класс: числа & функции", group_kind="course")
    assert groups["group-1"].data == GroupData(name="9А", group_kind="group", parent="course-2")
    assert "enrolmentkey" not in groups["group-1"].raw


async def test_a_learner_comes_with_the_keys_that_persons_are_matched_by(moodle: SimulatedMoodle) -> None:
    moodle.site.users[6] = User(
        id=6,
        username="u6",
        firstname="Альфа",
        lastname="Тестова",
        email="u6@example.invalid",
        idnumber="S-002",
        patronymic="Образцовна",
    )
    learners = await records_of(bench_at(moodle), "learners")
    assert learners["6"].data == LearnerData(
        family_name="Тестова",
        given_name="Альфа",
        patronymic="Образцовна",
        number="S-002",
        email="u6@example.invalid",
        account="u6",
    )
    other = await records_of(bench_at(moodle, patronymic_field="middle"), "learners")
    assert isinstance(other["6"].data, LearnerData)
    assert other["6"].data.patronymic == ""


async def test_what_the_role_may_not_see_says_nothing(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.service.capabilities -= {"moodle/course:useremail", "moodle/site:viewuseridentity"}
    learners = await records_of(bench, "learners")
    assert {
        (each.data.email, each.data.number) for each in learners.values() if isinstance(each.data, LearnerData)
    } == {("", "")}
    notes = " ".join((await bench.check()).notes)
    assert "moodle/site:viewuseridentity" in notes
    assert "moodle/course:useremail" in notes


async def test_guest_administrator_and_the_service_account_are_nobody(moodle: SimulatedMoodle, bench: Bench) -> None:
    for userid in (1, 2, 3):
        moodle.site.courses[2].enrolments[userid] = Enrolment(userid=userid, roles=("editingteacher", "student"))
    assert sorted(await records_of(bench, "teachers")) == ["4"]
    assert not {"1", "2", "3"} & set(await records_of(bench, "learners"))


async def test_who_is_suspended_is_kept_as_archived(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.users[6].suspended = True
    moodle.site.courses[2].enrolments[7].suspended = True
    learners = await records_of(bench, "learners")
    archived = [key for key, each in learners.items() if isinstance(each.data, LearnerData) and each.data.archived]
    assert archived == ["6"]
    found = await records_of(bench, "enrolments")
    ended = [key for key, each in found.items() if isinstance(each.data, EnrolmentData) and each.data.archived]
    assert sorted(ended) == ["course-2:7:learner", "group-1:7:learner"]


async def test_without_the_right_to_review_enrolments_nobody_counts_as_suspended(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.courses[2].enrolments[7].suspended = True
    moodle.site.service.capabilities.discard("moodle/course:enrolreview")
    assert (await bench.run()).outcome is Outcome.COMPLETE
    asked = [given for name, given in moodle.calls if "onlysuspended" in str(given)]
    assert len(asked) == 1


async def test_roles_are_those_that_the_operator_names(moodle: SimulatedMoodle) -> None:
    moodle.site.courses[2].enrolments[5].roles = ("monitor", "pupil")
    moodle.site.courses[3].unenrol(5)
    found = await records_of(bench_at(moodle, learner_roles=["pupil"]), "enrolments")
    learners = {key: each.data for key, each in found.items() if key.endswith(":learner")}
    assert sorted(learners) == ["course-2:5:learner", "group-1:5:learner"]
    assert learners["course-2:5:learner"] == EnrolmentData(group="course-2", learner="5", role="pupil", subject="2")


async def test_cohorts_are_groups_only_if_the_operator_says_so(moodle: SimulatedMoodle) -> None:
    without = bench_at(moodle, cohorts=False)
    assert not {"cohorts", "cohort_members"} & {each.name for each in await (await without.open()).discover()}
    members = await records_of(bench_at(moodle), "cohort_members")
    assert sorted(members) == sorted(
        f"cohort-{cohort.id}:{user}:learner" for cohort in moodle.site.cohorts.values() for user in cohort.members
    )


@pytest.mark.parametrize(("chosen", "read"), [([2, 999], ["2"]), ([3, 2], ["2", "3"])])
async def test_one_unknown_course_does_not_spoil_the_others(
    moodle: SimulatedMoodle, chosen: list[int], read: list[str]
) -> None:
    assert sorted(await records_of(bench_at(moodle, courses=chosen), "courses")) == read


async def test_a_category_brings_the_courses_of_the_categories_inside_it(moodle: SimulatedMoodle) -> None:
    assert sorted(await records_of(bench_at(moodle, categories=[2]), "courses")) == ["2", "3"]
    assert sorted(await records_of(bench_at(moodle, categories=[3]), "courses")) == ["3"]
    assert sorted(await records_of(bench_at(moodle, categories=[1]), "courses")) == []


async def test_a_course_that_is_closed_to_us_is_named_and_the_others_are_read(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    await bench.run()
    everything = bench.kept.said()
    moodle.site.courses[3].closed = True
    moodle.site.courses[2].unenrol(5)
    report = await bench.run()
    assert [(each.stream, each.problem) for each in report.troubles] == [
        ("learners", "config"),
        ("teachers", "config"),
        ("cohort_members", "config"),
        ("badges", "transient"),
    ]
    assert all("cannot enter these courses: 3" in each.message for each in report.troubles)
    gone = [key for key, (_, gone) in bench.kept.said().items() if gone]
    assert {key for key in gone if ":5" not in key[1]} == set()
    assert ("learners", "5") not in gone
    assert set(bench.kept.said()) == set(everything)


async def test_pages_are_read_to_an_empty_one(moodle: SimulatedMoodle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.moodle.rosters.PAGE", 3)
    bench = bench_at(moodle)
    assert len(await records_of(bench, "learners")) == 6
    options = [given["options"] for name, given in moodle.calls if "enrolled" in name and given["courseid"] == "2"]
    pages = [each[0] for each in options if isinstance(each, list)]
    assert [each["value"] for each in pages if isinstance(each, dict) and each["name"] == "limitfrom"] == [
        "0",
        "3",
        "6",
        "7",
    ]


async def test_an_empty_site_is_empty_and_no_error(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.courses = {1: moodle.site.courses[1]}
    moodle.site.cohorts, moodle.site.certificates = {}, []
    states = {each.stream: each.state for each in (await bench.check()).streams}
    assert set(states.values()) == {StreamState.EMPTY}
    assert (await bench.run()).outcome is Outcome.COMPLETE


async def test_the_private_key_of_the_account_is_said_nowhere(bench: Bench) -> None:
    result = await bench.check()
    await bench.run()
    assert result.identity.unique_id == "moodle.example/school#3"
    assert result.identity.organisation == "Школа Пример: курсы"
    assert "f00df00d" not in " ".join((repr(result), *bench.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutId(Rewriting):
    """One person, or one course, has lost its identifier."""

    lost: str

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        named = self.lost in {value.get("username"), value.get("shortname") if "categoryid" in value else None}
        return {name: each for name, each in value.items() if name != "id"} if named else value


@pytest.mark.parametrize(("lost", "stream"), [("student2", "learners"), ("C3", "courses")])
async def test_a_row_without_an_id_is_a_dead_letter(
    moodle: SimulatedMoodle, bench: Bench, lost: str, stream: str
) -> None:
    moodle.faults.on(WithoutId(lost=lost))
    messages = await messages_of(bench, stream)
    assert {each.problem for each in messages if isinstance(each, Problem)} == {ProblemClass.RECORD}
