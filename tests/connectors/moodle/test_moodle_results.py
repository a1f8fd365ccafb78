"""Grades, final grades and completions."""

from datetime import date

import pytest

from core.devkit.bench import Bench
from core.devkit.running import Outcome
from core.sdk.connectors import FinalResultData, Problem, ProblemClass, ResultData
from plugins.moodle.simulator.platform import SimulatedMoodle
from plugins.moodle.simulator.site import Grade, GradeItem
from plugins.moodle.simulator.switches import FailsWith, SlowGradeReport
from tests.connectors.moodle.conftest import messages_of, records_of

GRADES = "gradereport_user_get_grade_items"
COMPLETION = "core_completion_get_course_completion_status"
MARCH_1 = 1_772_350_000


async def test_a_grade_is_the_raw_number_with_its_range(moodle: SimulatedMoodle, bench: Bench) -> None:
    grade = Grade(raw=4.5, graded=MARCH_1, feedback="<p>Хорошо &amp; ясно</p>", feedbackformat=1)
    moodle.site.courses[2].grades[2001, 5] = grade
    found = await records_of(bench, "grades")
    assert found["2:5:2001"].data == ResultData(
        learner="5",
        subject="2",
        group="course-2",
        value="4.5",
        scale="0..5",
        result_kind="assign",
        title="Контрольная работа 1",
        graded_on=date(2026, 3, 1),
        comment="Хорошо & ясно",
    )
    assert "gradeformatted" not in found["2:5:2001"].raw


async def test_a_column_made_by_hand_is_a_result_and_one_without_a_grade_is_none(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.courses[2].grades = {(2002, 5): Grade(raw=2, graded=MARCH_1)}
    found = {key: each for key, each in (await records_of(bench, "grades")).items() if key.startswith("2:")}
    assert list(found) == ["2:5:2002"]
    assert isinstance(found["2:5:2002"].data, ResultData)
    assert (found["2:5:2002"].data.result_kind, found["2:5:2002"].data.value) == ("manual", "2")


async def test_the_item_of_the_course_is_the_final_grade(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.courses[2].grades[2000, 5] = Grade(raw=7, graded=MARCH_1)
    assert (await records_of(bench, "final_grades"))["2:5:2000"].data == FinalResultData(
        learner="5",
        subject="2",
        group="course-2",
        final_kind="course",
        value="7",
        scale="0..10",
        decided_on=date(2026, 3, 1),
    )
    assert "2:5:2000" not in await records_of(bench, "grades")


async def test_of_a_scale_of_words_the_place_is_told(moodle: SimulatedMoodle, bench: Bench) -> None:
    course = moodle.site.courses[2]
    course.items.append(
        GradeItem(id=2009, itemtype="manual", itemname="Зачёт &quot;по ГТО&quot;", grademax=2, scaleid=4)
    )
    course.grades[2009, 5] = Grade(raw=2, graded=0)
    data = (await records_of(bench, "grades"))["2:5:2009"].data
    assert isinstance(data, ResultData)
    assert (data.value, data.scale, data.graded_on, data.title) == ("2", "scale:4", None, 'Зачёт "по ГТО"')


async def test_a_grade_that_is_taken_back_is_gone_and_comes_back(moodle: SimulatedMoodle, bench: Bench) -> None:
    await bench.run()
    (item, userid), grade = next(iter(moodle.site.courses[2].grades.items()))
    del moodle.site.courses[2].grades[item, userid]
    assert (await bench.run()).counts.gone == 1
    moodle.site.courses[2].grades[item, userid] = grade
    assert (await bench.run()).counts.returned == 1


async def test_both_kinds_of_grades_cost_one_question_a_course(moodle: SimulatedMoodle, bench: Bench) -> None:
    await bench.run()
    assert [given["courseid"] for name, given in moodle.calls if name == GRADES] == ["3", "2"]


async def test_a_grade_book_that_was_forgotten_is_asked_again(
    moodle: SimulatedMoodle, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.run()
    before = bench.kept.said()
    monkeypatch.setattr("plugins.moodle.grades.REMEMBERED", 0)
    moodle.calls.clear()
    assert (await bench.run()).counts.written == 0
    assert bench.kept.said() == before
    assert [given["courseid"] for name, given in moodle.calls if name == GRADES] == ["3", "2", "3", "2"]


@pytest.mark.parametrize("why", ["large", "slow", "refused"])
async def test_a_large_grade_book_is_read_by_groups_and_then_by_persons(
    moodle: SimulatedMoodle, bench: Bench, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    whole = {key: each.data for key, each in (await records_of(bench, "grades")).items()}
    if why == "large":
        monkeypatch.setattr("plugins.moodle.grades.LARGE_COURSE", 3)
    elif why == "slow":
        moodle.faults.on(SlowGradeReport())
    else:
        moodle.faults.on(FailsWith(path=GRADES, errorcode="memorylimit", times=1))
    moodle.calls.clear()
    assert {key: each.data for key, each in (await records_of(bench, "grades")).items()} == whole
    course = "3" if why == "refused" else "2"
    asked = [given for name, given in moodle.calls if name == GRADES and given["courseid"] == course]
    parts = [each for each in asked if len(each) > 1]
    # The last learner is in no group.
    assert [each["courseid"] for each in parts] == [course] * 3
    groups = sorted(moodle.site.courses[int(course)].groups)
    assert [each.get("groupid") for each in parts] == [*map(str, groups), None]
    assert parts[2]["userid"] == "10"
    assert len(asked) - len(parts) == (why != "large")


async def test_somebody_who_leaves_meanwhile_makes_the_course_incomplete(
    moodle: SimulatedMoodle, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.moodle.grades.LARGE_COURSE", 3)
    # Two groups are asked for, then the learner who is in none.
    moodle.faults.on(FailsWith(path=GRADES, errorcode="invaliduser", after=2, times=1))
    problems = [each for each in await messages_of(bench, "grades") if isinstance(each, Problem)]
    assert [each.problem for each in problems] == [ProblemClass.TRANSIENT]


@pytest.mark.parametrize("limit", [300, 3])
async def test_grades_of_a_suspended_learner_are_not_gone(
    moodle: SimulatedMoodle, bench: Bench, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    moodle.site.courses[2].completed = set()
    await bench.run()
    before = {key: each for key, each in bench.kept.said().items() if "grades" in key[0]}
    monkeypatch.setattr("plugins.moodle.grades.LARGE_COURSE", limit)
    moodle.site.courses[2].enrolments[8].suspended = True
    moodle.calls.clear()
    report = await bench.run()
    assert (report.outcome, report.counts.gone) == (Outcome.COMPLETE, 0)
    assert {key: each for key, each in bench.kept.said().items() if "grades" in key[0]} == before
    assert {"courseid": "2", "userid": "8"} in [given for name, given in moodle.calls if name == GRADES]


async def test_a_course_that_keeps_no_completion_is_not_asked(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.courses[2].enablecompletion = 0
    assert (await bench.run()).outcome is Outcome.COMPLETE
    assert "2" not in [given["courseid"] for name, given in moodle.calls if "completion" in name]


async def test_a_completed_course_is_a_final_result_without_a_date(moodle: SimulatedMoodle, bench: Bench) -> None:
    course = moodle.site.courses[2]
    course.completed = {6}
    found = await records_of(bench, "course_completions")
    assert {key: each.data for key, each in found.items()} == {
        "2:6:completion": FinalResultData(
            learner="6",
            subject="2",
            group="course-2",
            final_kind="completion",
            value="completed",
            scale="completion",
        )
    }
    assert "without a date" in " ".join((await bench.check()).notes)


async def test_a_course_without_criteria_is_asked_once_and_is_no_fault(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.courses[2].has_criteria = False
    assert (await bench.run()).outcome is Outcome.COMPLETE
    asked = [given["courseid"] for name, given in moodle.calls if name == COMPLETION]
    assert asked == ["3", "2"]


async def test_a_completed_activity_has_its_name_and_its_day(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.courses[2].activities = {(2000, 5): MARCH_1}
    found = {key: each for key, each in (await records_of(bench, "activity_completions")).items() if key[:2] == "2:"}
    assert {key: each.data for key, each in found.items()} == {
        "2:5:2000": ResultData(
            learner="5",
            subject="2",
            group="course-2",
            value="complete",
            scale="completion",
            result_kind="completion:assign",
            title="Контрольная работа 1",
            graded_on=date(2026, 3, 1),
        )
    }
