"""Badges and certificates."""

import base64

from plugins.moodle.simulator.errors import NO_RECORD
from plugins.moodle.simulator.functions.registry import Call, function
from plugins.moodle.simulator.site import BadgeIssue, CertificateIssue
from plugins.moodle.simulator.switches import ForgetsFilter

_MOST = 500


def _badge(call: Call, issue: BadgeIssue) -> dict[str, object]:
    url = call.site.own_url
    return {
        "id": issue.badgeid,
        "name": issue.name,
        "description": issue.description,
        "timecreated": 0,
        "timemodified": 0,
        "issuername": call.site.sitename,
        "issuerurl": url,
        "issuercontact": "issuer@example.invalid",
        "type": 1,
        "attachment": 1,
        "notification": 1,
        "status": 0,
        "version": "2",
        "language": "en",
        "imageauthorname": "Image author",
        "imageauthoremail": "author@example.invalid",
        "imageauthorurl": "https://image.example.invalid/",
        "imagecaption": "Image caption",
        "badgeurl": f"{url}/webservice/pluginfile.php/1/badges/badgeimage/{issue.badgeid}/f3",
        "alignment": [],
        "relatedbadges": [],
    }


@function(
    "core_badges_get_user_badges",
    userid="int?",
    courseid="int?",
    page="int?",
    perpage="int?",
    search="text?",
    onlypublic="bool?",
)
def user_badges(call: Call) -> object:
    """Badges of one user."""
    userid = call.arguments.integer("userid") or call.userid
    user = call.active(userid)
    if userid != call.userid:
        call.needs("moodle/badges:viewotherbadges")
    own = [issue for issue in call.site.badges if issue.userid == userid]
    page, number = call.arguments.integer("page"), call.arguments.integer("perpage")
    own = own[page * number : (page + 1) * number] if number else own
    badges = [
        _badge(call, issue)
        | {
            "uniquehash": issue.uniquehash,
            "dateissued": issue.dateissued,
            "dateexpire": issue.dateexpire,
            "visible": 0,
            "recipientid": userid,
            "recipientfullname": f"{user.firstname} {user.lastname}",
        }
        for issue in own
    ]
    return {"badges": badges, "warnings": []}


@function("core_badges_get_badge", id="int")
def badge(call: Call) -> object:
    """One badge itself."""
    found = next((each for each in call.site.badges if each.badgeid == call.arguments.integer("id")), None)
    if found is None:
        raise NO_RECORD.fault("badge")
    return {"badge": _badge(call, found), "warnings": []}


@function(
    "mod_customcert_list_issues",
    timecreatedfrom="int?",
    userid="int?",
    customcertid="int?",
    includepdf="bool?",
    limit="int?",
    offset="int?",
)
def certificates(call: Call) -> object:
    """Certificates that were issued, newest first."""
    call.needs("mod/customcert:viewallcertificates")
    since, offset = call.arguments.integer("timecreatedfrom"), call.arguments.integer("offset")
    limit = min(call.arguments.integer("limit", 100), _MOST)
    if call.struck(ForgetsFilter):
        offset = 0
    found = [each for each in call.site.certificates if each.timecreated >= since]
    for name in ("userid", "customcertid"):
        if wanted := call.arguments.integer(name):
            found = [each for each in found if getattr(each, name) == wanted]
    found.sort(key=lambda each: (each.timecreated, each.id), reverse=True)
    with_pdf = bool(call.arguments.integer("includepdf"))
    return [_issue(call, each, with_pdf=with_pdf) for each in found[offset : offset + limit]]


def _issue(call: Call, each: CertificateIssue, *, with_pdf: bool) -> dict[str, object]:
    user = call.site.users[each.userid]
    names = {"fullname": f"{user.firstname} {user.lastname}", "username": user.username, "email": user.email}
    pdf: dict[str, object] = {"haspdf": with_pdf}
    if with_pdf:
        pdf |= {"name": f"{each.template}.pdf", "content": base64.b64encode(each.pdf).decode("ascii")}
    return {
        "issue": {
            "id": each.id,
            "customcertid": each.customcertid,
            "code": each.code,
            "emailed": False,
            "timecreated": each.timecreated,
        },
        "user": {"id": user.id, **names},
        "template": {"id": 1, "name": each.template, "contextid": 1},
        "pdf": pdf,
    }
