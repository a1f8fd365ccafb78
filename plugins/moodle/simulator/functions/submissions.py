"""Assignments, what was handed in, and files."""

from urllib.parse import quote

from core.devkit.faults import ForeignFileHost
from plugins.moodle.simulator.functions.registry import Call, function
from plugins.moodle.simulator.site import Assignment, Course, StoredFile, Submission


@function("mod_assign_get_assignments", courseids="list?", capabilities="list?", includenotenrolledcourses="bool?")
def assignments(call: Call) -> object:
    """Assignments of courses; without the flag an account that is not enrolled gets a warning and nothing else."""
    courses, warnings = [], []
    anyway = call.arguments.integer("includenotenrolledcourses")
    for courseid in call.arguments.integers("courseids"):
        course = call.site.courses.get(courseid)
        if course is None or course.closed or not anyway or not call.can("moodle/course:view"):
            text = "User is not enrolled or does not have requested capability"
            warnings.append({"item": "course", "itemid": courseid, "warningcode": "2", "message": text})
            continue
        listed = [_assignment(courseid, each) for each in course.assignments.values()]
        names = {"fullname": course.fullname, "shortname": course.shortname}
        courses.append({"id": courseid, **names, "timemodified": course.changed, "assignments": listed})
    return {"courses": courses, "warnings": warnings}


def _assignment(courseid: int, each: Assignment) -> dict[str, object]:
    rest = {"nosubmissions": 0, "submissiondrafts": 0, "duedate": 0, "grade": 5, "timemodified": 0, "configs": []}
    own = {"id": each.id, "cmid": each.cmid, "course": courseid, "name": each.name}
    return {**own, **rest, "intro": "", "introformat": 1, "introattachments": []}


@function("mod_assign_get_submissions", assignmentids="list", status="text?", since="int?", before="int?")
def submissions(call: Call) -> object:
    """What was handed in since a moment; an assignment that the account may not grade is a warning."""
    since, before = call.arguments.integer("since"), call.arguments.integer("before")
    found, warnings = [], []
    for assignmentid in call.arguments.integers("assignmentids"):
        placed = call.site.assignment(assignmentid)
        if placed is None or _is_closed(call, *placed):
            text = "No access rights in module context"
            warnings.append({"item": "assignment", "itemid": assignmentid, "warningcode": "1", "message": text})
            continue
        course, assignment = placed
        fresh = [
            each
            for each in assignment.submissions.values()
            if each.timemodified >= since and (not before or each.timemodified <= before)
        ]
        if not fresh:
            text = "No submissions found"
            warnings.append({"item": "module", "itemid": assignmentid, "warningcode": "3", "message": text})
        graded = {userid for item, userid in course.grades if item == assignment.id + 1}
        handed = [_submission(call, assignment, each, graded=each.userid in graded) for each in fresh]
        found.append({"assignmentid": assignmentid, "submissions": handed})
    return {"assignments": found, "warnings": warnings}


def _is_closed(call: Call, course: Course, assignment: Assignment) -> bool:
    return course.closed or assignment.closed or not call.can("mod/assign:grade")


def _submission(call: Call, assignment: Assignment, each: Submission, *, graded: bool) -> dict[str, object]:
    files = [_handed_file(call, assignment, each, file) for file in each.files]
    area = {"area": "submission_files", **({"files": files} if files else {})}
    return {
        "id": each.id,
        "userid": each.userid,
        "attemptnumber": each.attemptnumber,
        "timecreated": each.timecreated,
        "timemodified": each.timemodified,
        "timestarted": None,
        "status": each.status,
        "groupid": each.groupid,
        "plugins": [
            {"type": "file", "name": "File submissions", "fileareas": [area]},
            {"type": "comments", "name": "Submission comments"},
        ],
        "gradingstatus": "graded" if graded else "notgraded",
    }


def _path(assignment: Assignment, each: Submission, file: StoredFile) -> str:
    name = f"{file.filepath}{file.filename}"
    return f"pluginfile.php/{assignment.contextid}/assignsubmission_file/submission_files/{each.id}{quote(name)}"


def _handed_file(call: Call, assignment: Assignment, each: Submission, file: StoredFile) -> dict[str, object]:
    site = call.site.own_url
    foreign = call.faults.strikes(ForeignFileHost, call.function)
    if foreign:
        site = f"https://{foreign.host}"
    return {
        "filename": file.filename,
        "filepath": file.filepath,
        "filesize": len(file.content),
        "fileurl": f"{site}/webservice/{_path(assignment, each, file)}",
        "timemodified": file.timemodified,
        "mimetype": file.mimetype,
        "isexternalfile": False,
        "icon": "f/text",
    }


@function("mod_assign_get_grades", assignmentids="list", since="int?")
def assignment_grades(call: Call) -> object:
    """Grades of assignments since a moment; numbers are text here."""
    since, found, warnings = call.arguments.integer("since"), [], []
    for assignmentid in call.arguments.integers("assignmentids"):
        placed = call.site.assignment(assignmentid)
        grades = []
        for (item, userid), grade in placed[0].grades.items() if placed else ():
            if item == assignmentid + 1 and grade.graded >= since:
                times = {"timecreated": grade.graded, "timemodified": grade.graded}
                own = {"id": item * 1000 + userid, "userid": userid, "attemptnumber": 0}
                grades.append({**own, **times, "grader": 4, "grade": f"{grade.raw:.5f}"})
        if grades:
            found.append({"assignmentid": assignmentid, "grades": grades})
        else:
            text = "No grades found"
            warnings.append({"item": "assignment", "itemid": assignmentid, "warningcode": "3", "message": text})
    return {"assignments": found, "warnings": warnings}


@function(
    "core_files_get_files",
    contextid="int",
    component="text",
    filearea="text",
    itemid="int",
    filepath="text",
    filename="text",
    modified="int?",
    contextlevel="text?",
    instanceid="int?",
)
def files(call: Call) -> object:
    """Files of an area; private files of others come back empty, addresses lack a part."""
    component, itemid = call.arguments.text("component"), call.arguments.integer("itemid")
    found = []
    for assignment, each in call.site.submissions():
        here = assignment.contextid == call.arguments.integer("contextid")
        if here and component == "assignsubmission_file" and each.id == itemid:
            found += [
                {
                    "contextid": assignment.contextid,
                    "component": component,
                    "filearea": "submission_files",
                    "itemid": itemid,
                    "filepath": file.filepath,
                    "filename": file.filename,
                    "isdir": False,
                    "url": f"{call.site.own_url}/{_path(assignment, each, file)}",
                    "timemodified": file.timemodified,
                    "timecreated": file.timemodified,
                    "filesize": len(file.content),
                    "author": None,
                    "license": None,
                }
                for file in each.files
            ]
    return {"parents": [], "files": found}
