"""Grades and completion."""

from plugins.moodle.simulator.errors import NO_CRITERIA, NO_REPORT, NO_USER, NOT_TRACKED, PHP
from plugins.moodle.simulator.functions.registry import Call, function
from plugins.moodle.simulator.site import Course, Enrolment, GradeItem
from plugins.moodle.simulator.switches import SlowGradeReport


@function("gradereport_user_get_grade_items", courseid="int", userid="int?", groupid="int?")
def grade_items(call: Call) -> object:
    """The grade book of a course, of a group, or of one user; those who cannot be graded have no row."""
    course = call.course(call.arguments.integer("courseid"))
    call.needs("gradereport/user:view", "moodle/grade:viewall")
    userid, groupid = call.arguments.integer("userid"), call.arguments.integer("groupid")
    if not userid and not groupid and call.struck(SlowGradeReport):
        raise PHP.fault()
    if userid:
        call.active(userid)
    # Of one user everything is told; in the report of many, those who are suspended are left out.
    students = (each for each in course.enrolments.values() if "student" in each.roles)
    found = [each for each in students if userid or not each.suspended]
    if groupid:
        found = [each for each in found if each.userid in course.groups[groupid].members]
    if userid:
        found = [each for each in found if each.userid == userid]
    return {"usergrades": [_row(call, course, each) for each in found], "warnings": []}


def _row(call: Call, course: Course, enrolment: Enrolment) -> dict[str, object]:
    user = call.site.users[enrolment.userid]
    return {
        "courseid": course.id,
        "courseidnumber": course.idnumber,
        "userid": user.id,
        "userfullname": f"{user.firstname} {user.lastname}",
        "useridnumber": user.idnumber,
        "maxdepth": 2,
        "gradeitems": [_cell(course, item, user.id) for item in course.items],
    }


def _cell(course: Course, item: GradeItem, userid: int) -> dict[str, object]:
    grade = course.grades.get((item.id, userid))
    is_course = item.itemtype == "course"
    cmid = {} if item.cmid is None else {"cmid": item.cmid}
    weight = {"weightraw": 0.5, "weightformatted": "50.00 %"} if grade and not is_course else {}
    raw = None if grade is None else int(grade.raw) if grade.raw == int(grade.raw) else grade.raw
    return {
        "id": item.id,
        "itemname": item.itemname,
        "itemtype": item.itemtype,
        "itemmodule": item.itemmodule,
        "iteminstance": item.instance,
        "itemnumber": None if is_course else 0,
        "idnumber": item.idnumber,
        "categoryid": None if is_course else 1,
        "outcomeid": None,
        "scaleid": item.scaleid,
        "locked": False,
        **cmid,
        **weight,
        "graderaw": raw,
        "gradedatesubmitted": None,
        "gradedategraded": grade.graded if grade else None,
        "gradehiddenbydate": False,
        "gradeneedsupdate": False,
        "gradeishidden": False,
        "gradeislocked": False,
        "gradeisoverridden": False,
        "gradeformatted": f"{grade.raw:.2f}" if grade else "-",
        "grademin": 0,
        "grademax": item.grademax,
        "rangeformatted": f"0&ndash;{item.grademax}",
        "percentageformatted": f"{grade.raw / item.grademax:.2%}".replace("%", " %") if grade else "-",
        "feedback": grade.feedback if grade else "",
        "feedbackformat": grade.feedbackformat if grade else 0,
    }


@function("gradereport_overview_get_course_grades", userid="int?")
def overview(call: Call) -> object:
    """Final grades of one user; numbers are text here."""
    userid = call.arguments.integer("userid") or call.userid
    if userid not in call.site.users:
        raise NO_USER.fault()
    found = []
    for course in call.site.courses.values():
        total = next((item for item in course.items if item.itemtype == "course"), None)
        grade = course.grades.get((total.id, userid)) if total else None
        if grade:
            found.append({"courseid": course.id, "grade": f"{grade.raw:.2f}", "rawgrade": f"{grade.raw:.5f}"})
    return {"grades": found, "warnings": []}


@function("core_grades_get_gradeitems", courseid="int")
def gradeitems(call: Call) -> object:
    """The columns of a grade book; ids are text here."""
    course = call.course(call.arguments.integer("courseid"))
    items = [item for item in course.items if item.itemtype != "course"]
    named = [{"id": str(item.id), "itemname": item.itemname, "category": course.fullname} for item in items]
    return {"gradeItems": named, "warnings": []}


@function("core_completion_get_course_completion_status", courseid="int", userid="int")
def course_completion(call: Call) -> object:
    """Whether a user completed a course; when is not said."""
    course = call.course(call.arguments.integer("courseid"))
    userid = call.active(call.arguments.integer("userid")).id
    if not course.enablecompletion or not call.can("report/completion:view"):
        raise NO_REPORT.fault()
    enrolment = course.enrolments.get(userid)
    if enrolment is None or enrolment.suspended or "student" not in enrolment.roles:
        raise NOT_TRACKED.fault()
    if not course.has_criteria:
        raise NO_CRITERIA.fault()
    details = {
        "type": "Self completion",
        "criteria": "Self completion",
        "requirement": "Marking yourself complete",
        "status": "",
    }
    criterion = {"type": 1, "title": "Self completion", "status": "No", "complete": False, "timecompleted": None}
    completions = [{**criterion, "details": details}]
    status = {"completed": userid in course.completed, "aggregation": 1, "completions": completions}
    return {"completionstatus": status, "warnings": []}


@function("core_completion_get_activities_completion_status", courseid="int", userid="int")
def activities_completion(call: Call) -> object:
    """Which activities of a course a user completed."""
    course = call.course(call.arguments.integer("courseid"))
    userid = call.active(call.arguments.integer("userid")).id
    call.needs("report/progress:view")
    statuses = []
    for each in course.assignments.values():
        moment = course.activities.get((each.cmid, userid), 0)
        rule = {"status": int(bool(moment)), "description": "Receive a grade"}
        statuses.append(
            {
                "cmid": each.cmid,
                "modname": "assign",
                "instance": each.id,
                "state": int(bool(moment)),
                "timecompleted": moment,
                "tracking": 2,
                "overrideby": None,
                "valueused": False,
                "hascompletion": True,
                "isautomatic": True,
                "istrackeduser": True,
                "uservisible": True,
                "details": [{"rulename": "completionusegrade", "rulevalue": rule}],
                "isoverallcomplete": bool(moment),
            }
        )
    return {"statuses": statuses, "warnings": []}
