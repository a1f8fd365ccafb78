"""Accounts, enrolments, groups and cohorts."""

from fnmatch import fnmatchcase

from core.devkit.faults import RepeatedPage, ShortPage
from plugins.moodle.simulator.errors import NO_RECORD, NO_USER, PARAMETER
from plugins.moodle.simulator.functions.registry import Call, function
from plugins.moodle.simulator.site import Course, Enrolment, Group, User

ROLES = {"student": 5, "teacher": 4, "editingteacher": 3, "manager": 1}


def shown(call: Call, user: User) -> dict[str, object]:
    """Return the fields of an account that the role may see; empty ones are left out."""
    picture = f"{call.site.own_url}/theme/image.php/boost/core/{call.site.theme_revision}/u"
    fields: dict[str, object] = {
        "id": user.id,
        "username": user.username,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "fullname": f"{user.firstname} {user.lastname}",
    }
    if user.email and call.can("moodle/course:useremail"):
        fields["email"] = user.email
    fields["department"] = user.department
    if user.idnumber and call.can("moodle/site:viewuseridentity"):
        fields["idnumber"] = user.idnumber
    fields |= {"firstaccess": 0, "lastaccess": call.site.theme_revision}
    if user.patronymic and call.can("moodle/user:viewalldetails"):
        profile = {"type": "text", "name": "Отчество", "shortname": "patronymic"}
        fields["customfields"] = [{**profile, "value": user.patronymic, "displayvalue": user.patronymic}]
    return {**fields, "profileimageurlsmall": f"{picture}/f2", "profileimageurl": f"{picture}/f1"}


def account(call: Call, user: User) -> dict[str, object]:
    """Return an account as the functions of users show it."""
    state = {
        "auth": "manual",
        "suspended": user.suspended,
        "confirmed": user.confirmed,
        "lang": "en",
        "theme": "",
        "timezone": "99",
        "mailformat": 1,
        "trackforums": 0,
    }
    return shown(call, user) | state


def _group(group: Group) -> dict[str, object]:
    return {"id": group.id, "name": group.name, "description": "", "descriptionformat": 0}


def _participant(call: Call, course: Course, enrolment: Enrolment) -> dict[str, object]:
    user = call.site.users[enrolment.userid]
    groups = [_group(each) for each in course.groups.values() if user.id in each.members]
    roles = [{"roleid": ROLES.get(each, 9), "name": "", "shortname": each, "sortorder": 0} for each in enrolment.roles]
    own = [each for each in call.site.courses.values() if user.id in each.enrolments]
    return {
        **shown(call, user),
        "lastcourseaccess": call.site.theme_revision,
        **({"groups": groups} if groups else {}),
        "roles": roles,
        "enrolledcourses": [{"id": each.id, "fullname": each.fullname, "shortname": each.shortname} for each in own],
    }


@function("core_enrol_get_enrolled_users", courseid="int", options="any?")
def enrolled_users(call: Call) -> object:
    """The only list that has pages; options with unknown names are ignored."""
    course = call.course(call.arguments.integer("courseid"))
    call.needs("moodle/course:viewparticipants")
    options = call.arguments.options("options")
    if options.get("sortby", "id") not in {"id", "firstname", "lastname", "siteorder"}:
        raise PARAMETER.fault("sortby")
    found = sorted(course.enrolments.values(), key=lambda each: each.userid)
    for name, suspended in (("onlysuspended", True), ("onlyactive", False)):
        if options.get(name, "0") not in {"0", ""}:
            call.needs("moodle/course:enrolreview")
            found = [each for each in found if each.suspended is suspended]
    if options.get("groupid", "0") != "0":
        members = course.groups[int(options["groupid"])].members
        found = [each for each in found if each.userid in members]
    people = [_participant(call, course, each) for each in _page(call, found, options)]
    wanted = options.get("userfields", "")
    return [_only(each, wanted) for each in people] if wanted else people


def _only(person: dict[str, object], wanted: str) -> dict[str, object]:
    names = {"id", "fullname", *(name.strip() for name in wanted.split(","))}
    return {name: value for name, value in person.items() if name in names}


def _page(call: Call, found: list[Enrolment], options: dict[str, str]) -> list[Enrolment]:
    start, number = int(options.get("limitfrom", "0")), int(options.get("limitnumber", "0"))
    if start and call.struck(RepeatedPage):
        start = 0
    page = found[start : start + number] if number else found[start:]
    short = call.faults.strikes(ShortPage, call.function) if len(page) > 1 else None
    return page[: short.records] if short else page


@function("core_user_get_users", criteria="any")
def users(call: Call) -> object:
    """Accounts by criteria; an unknown criterion is ignored, and everybody comes back."""
    found, warnings = list(call.site.users.values()), []
    for name, value in call.arguments.options("criteria", "key").items():
        if name not in {"id", "lastname", "firstname", "idnumber", "username", "email", "auth"}:
            message = f"The search key '{name}' is not supported, look at the web service documentation"
            warnings.append({"item": name, "warningcode": "invalidfieldparameter", "message": message})
            continue
        pattern = value.replace("%", "*")
        found = [user for user in found if fnmatchcase(str(getattr(user, name, "manual")), pattern)]
    return {"users": [account(call, user) for user in found], "warnings": warnings}


@function("core_user_get_users_by_field", field="text", values="list")
def users_by_field(call: Call) -> object:
    """Accounts by one field, suspended ones too; unknown values are dropped without a word."""
    name, values = call.arguments.text("field"), set(call.arguments.texts("values"))
    if name not in {"id", "idnumber", "username", "email"}:
        raise PARAMETER.fault(name)
    return [account(call, user) for user in call.site.users.values() if str(getattr(user, name)) in values]


@function("core_user_get_course_user_profiles", userlist="any")
def course_profiles(call: Call) -> object:
    """Accounts in courses."""
    found = []
    for each in call.arguments.structures("userlist"):
        course, userid = call.course(int(str(each["courseid"]))), int(str(each["userid"]))
        if userid not in course.enrolments:
            raise NO_USER.fault()
        state = account(call, call.site.users[userid])
        found.append(_without_access(state | _participant(call, course, course.enrolments[userid])))
    return found


def _without_access(person: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in person.items() if name != "lastcourseaccess"}


@function("core_group_get_course_groups", courseid="int")
def course_groups(call: Call) -> object:
    """The groups of a course."""
    course = call.course(call.arguments.integer("courseid"))
    call.needs("moodle/site:accessallgroups")
    rest: dict[str, object] = {"description": "", "descriptionformat": 1, "enrolmentkey": "geheim", "visibility": 0}
    rest["participation"] = True
    return [
        {"id": each.id, "courseid": course.id, "name": each.name, **rest, "idnumber": each.idnumber}
        for each in course.groups.values()
    ]


@function("core_group_get_group_members", groupids="list")
def group_members(call: Call) -> object:
    """Members of groups, in no order."""
    groups = {each.id: each for course in call.site.courses.values() for each in course.groups.values()}
    wanted = call.arguments.integers("groupids")
    if any(each not in groups for each in wanted):
        raise NO_RECORD.fault("groups")
    return [{"groupid": each, "userids": sorted(groups[each].members, key=lambda one: one * 7 % 13)} for each in wanted]


@function("core_cohort_get_cohorts", cohortids="list?")
def cohorts(call: Call) -> object:
    """Cohorts by id, or all."""
    call.needs("moodle/cohort:view")
    wanted = call.arguments.integers("cohortids")
    rest = {"description": "", "descriptionformat": 1, "visible": True, "theme": "", "customfields": []}
    return [
        {"id": each.id, "name": each.name, "idnumber": each.idnumber, **rest}
        for each in call.site.cohorts.values()
        if not wanted or each.id in wanted
    ]


@function("core_cohort_get_cohort_members", cohortids="list")
def cohort_members(call: Call) -> object:
    """Members of cohorts, in no order."""
    call.needs("moodle/cohort:view")
    wanted = call.arguments.integers("cohortids")
    if any(each not in call.site.cohorts for each in wanted):
        raise NO_RECORD.fault("cohort")
    return [{"cohortid": each, "userids": list(call.site.cohorts[each].members)} for each in wanted]
