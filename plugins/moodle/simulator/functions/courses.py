"""The site itself, categories, courses, their contents."""

from plugins.moodle.simulator.errors import COURSE_CONTEXT, PARAMETER, PHP
from plugins.moodle.simulator.functions.registry import FUNCTIONS, Call, function
from plugins.moodle.simulator.site import Course


@function("core_webservice_get_site_info", serviceshortnames="any?")
def site_info(call: Call) -> object:
    """The site and the account; the first question of every client."""
    site, account = call.site, call.site.users[call.userid]
    offered = sorted(site.service.functions & set(FUNCTIONS))
    return {
        "sitename": site.sitename,
        "username": account.username,
        "firstname": account.firstname,
        "lastname": account.lastname,
        "fullname": f"{account.firstname} {account.lastname}",
        "lang": "ru",
        "userid": account.id,
        "siteurl": site.own_url,
        "userpictureurl": f"{site.own_url}/theme/image.php/boost/core/{site.theme_revision}/u/f1",
        "functions": [{"name": name, "version": "2024100700"} for name in offered],
        "downloadfiles": int(site.service.downloadfiles),
        "uploadfiles": 0,
        "release": "4.5 (Build: 20241007)",
        "version": "2024100700",
        "mobilecssurl": "",
        "advancedfeatures": [{"name": "enablecompletion", "value": 1}],
        "usercanmanageownfiles": True,
        "userquota": 0,
        "usermaxuploadfilesize": -1,
        "userhomepage": 0,
        "userprivateaccesskey": "f00df00df00df00df00df00df00df00d",
        "siteid": 1,
        "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian",
        "userissiteadmin": False,
        "theme": "boost",
        "limitconcurrentlogins": 0,
        "policyagreed": 0,
    }


@function("core_course_get_categories", criteria="any?", addsubcategories="bool?")
def categories(call: Call) -> object:
    """Every category, parents first."""
    found = []
    for number, category in enumerate(call.site.categories.values(), start=1):
        parents = [category.id]
        parent = category.parent
        while parent:
            parents.insert(0, parent)
            parent = call.site.categories[parent].parent
        courses = [course for course in call.site.courses.values() if course.categoryid == category.id]
        keyed = {"idnumber": category.idnumber} if category.idnumber else {}
        found.append(
            {
                "id": category.id,
                "name": category.name,
                **keyed,
                "description": "",
                "descriptionformat": 1,
                "parent": category.parent,
                "sortorder": number * 10_000,
                "coursecount": len(courses),
                "depth": len(parents),
                "path": "".join(f"/{each}" for each in parents),
            }
        )
    return found


@function("core_course_get_courses", options="any?")
def courses(call: Call) -> object:
    """Courses by id, or all; unknown ids are dropped without a word, one closed course spoils the whole answer."""
    wanted = call.arguments.ids_inside("options")
    found = [course for course in call.site.courses.values() if not wanted or course.id in wanted]
    for course in found:
        if course.closed or not call.can("moodle/course:view"):
            raise COURSE_CONTEXT.fault(str(course.id))
    return [_listed_course(call, course) for course in found]


@function("core_course_get_courses_by_field", field="text?", value="text?")
def courses_by_field(call: Call) -> object:
    """Courses by one field, closed ones too; a list of ids with an unknown one is a fault of PHP."""
    name, value = call.arguments.text("field"), call.arguments.text("value")
    every = list(call.site.courses.values())
    if name == "ids":
        wanted = [int(each) for each in value.split(",")]
        if any(each not in call.site.courses for each in wanted):
            raise PHP.fault()
        every = [call.site.courses[each] for each in wanted]
    elif name:
        attribute = {"id": "id", "shortname": "shortname", "idnumber": "idnumber", "category": "categoryid"}.get(name)
        if attribute is None:
            raise PARAMETER.fault(name)
        every = [course for course in every if str(getattr(course, attribute)) == value]
    return {"courses": [_found_course(call, course) for course in every], "warnings": []}


def _common(course: Course) -> dict[str, object]:
    return {
        "id": course.id,
        "fullname": course.fullname,
        "displayname": course.fullname,
        "shortname": course.shortname,
        "categoryid": course.categoryid,
        "sortorder": course.id * 10 + 20_000,
        "summary": "",
        "summaryformat": 1,
        "idnumber": course.idnumber,
        "format": course.format,
        "showgrades": 1,
        "newsitems": 0,
        "startdate": course.startdate,
        "enddate": course.enddate,
        "maxbytes": 0,
        "showreports": 0,
        "visible": course.visible,
        "groupmode": 0,
        "groupmodeforce": 0,
        "defaultgroupingid": 0,
        "enablecompletion": course.enablecompletion,
        "completionnotify": 0,
        "lang": "",
        "timecreated": course.changed,
        "timemodified": course.changed,
        "courseformatoptions": [{"name": "hiddensections", "value": 1}, {"name": "coursedisplay", "value": 0}],
    }


def _listed_course(call: Call, course: Course) -> dict[str, object]:
    hidden = {"hiddensections": 1, "numsections": 4, "showactivitydates": False, "showcompletionconditions": True}
    return {**_common(course), "forcetheme": "", "cacherev": call.site.theme_revision, **hidden}


def _found_course(call: Call, course: Course) -> dict[str, object]:
    site = call.site
    teachers = [each.userid for each in course.enrolments.values() if "editingteacher" in each.roles]
    contacts = [
        {"id": each, "fullname": f"{site.users[each].firstname} {site.users[each].lastname}"} for each in teachers
    ]
    category = site.categories.get(course.categoryid)
    return {
        **_common(course),
        "courseimage": f"{site.own_url}/pluginfile.php/{course.id}/course/generated/course.svg?{site.theme_revision}",
        "categoryname": category.name if category else "",
        "summaryfiles": [],
        "overviewfiles": [],
        "showactivitydates": False,
        "showcompletionconditions": True,
        "contacts": contacts,
        "enrollmentmethods": ["manual"],
        "theme": "",
        "marker": 0,
        "legacyfiles": 0,
        "calendartype": "",
        "requested": 0,
        "cacherev": site.theme_revision,
        "filters": [{"filter": "displayh5p", "localstate": 0, "inheritedstate": 1}],
    }


@function("core_course_get_contents", courseid="int", options="any?")
def contents(call: Call) -> object:
    """One section with the assignments of the course."""
    course = call.course(call.arguments.integer("courseid"))
    modules: list[dict[str, object]] = [
        {
            "id": each.cmid,
            "url": f"{call.site.own_url}/mod/assign/view.php?id={each.cmid}",
            "name": each.name,
            "instance": each.id,
            "contextid": each.contextid,
            "visible": 1,
            "uservisible": True,
            "visibleoncoursepage": 1,
            "modicon": f"{call.site.own_url}/theme/image.php/boost/assign/{call.site.theme_revision}/monologo",
            "modname": "assign",
            "purpose": "assessment",
            "branded": False,
            "modplural": "Assignments",
            "availability": None,
            "indent": 0,
            "onclick": "",
            "afterlink": None,
            "customdata": "{}",
            "noviewlink": False,
            "completion": 2,
            "downloadcontent": 1,
            "dates": [],
            "groupmode": 0,
        }
        for each in course.assignments.values()
    ]
    section = {"name": "General", "visible": 1, "summary": "", "summaryformat": 1, "section": 0, "uservisible": True}
    rest = {"hiddenbynumsections": 0, "component": None, "itemid": None}
    return [{"id": course.id, **section, **rest, "modules": modules}]


@function("core_course_get_updates_since", courseid="int", since="int", filter="any?")
def updates_since(call: Call) -> object:
    """A hint which activities changed."""
    course, since = call.course(call.arguments.integer("courseid")), call.arguments.integer("since")
    instances = []
    for each in course.assignments.values():
        changed = [one.id for one in each.submissions.values() if one.timemodified > since]
        if changed:
            updates: list[dict[str, object]] = [{"name": "configuration", "timeupdated": course.changed}]
            updates.append({"name": "usersubmissions", "itemids": changed})
            instances.append({"contextlevel": "module", "id": each.cmid, "updates": updates})
    return {"instances": instances, "warnings": []}
