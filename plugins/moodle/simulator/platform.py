"""The simulated site, as the conformance suite needs it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from core.devkit.faults import (
    ErrorObject,
    Fault,
    ForeignFileHost,
    MissingFields,
    NullFields,
    PrivateRedirect,
    RepeatedPage,
    ShortPage,
    UnknownValue,
)
from core.devkit.middleware import Application
from core.devkit.platform import SimulatedPlatform, Spot
from plugins.moodle.simulator.application import simulator
from plugins.moodle.simulator.functions import FUNCTIONS
from plugins.moodle.simulator.generate import EPOCH, TOKEN, Size, generate
from plugins.moodle.simulator.site import BadgeIssue, Site, Submission, Token, User
from plugins.moodle.simulator.switches import OldClassNames, PhpFault, SlowGradeReport, TokenDies

URL = "https://moodle.example/school"
SIZE = Size(learners=6, courses=2, badges=3, certificates=3)
FRESH_TOKEN = "fedcba9876543210fedcba9876543210"  # noqa: S105 - of an invented site
OTHER_TOKEN = "00112233445566778899aabbccddeeff"  # noqa: S105 - of an invented site
_OTHER_ACCOUNT = 900
_ENROLLED = "core_enrol_get_enrolled_users"
_OF_ROSTERS = frozenset(
    {
        "learners",
        "teachers",
        "enrolments",
        "cohort_members",
        "grades",
        "final_grades",
        "course_completions",
        "activity_completions",
        "badges",
    }
)


class SimulatedMoodle(SimulatedPlatform):
    """A site with two courses and six learners; everything that can be read is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.site = _good_site()
        self.now = EPOCH
        self._token = TOKEN
        moodle = simulator(self.site, lambda: datetime.fromtimestamp(self.now, UTC), self.faults)
        self._application = moodle.app
        self.calls = moodle.calls

    def hosts(self) -> Mapping[str, Application]:
        """Return the one host."""
        return {"moodle.example": self._application}

    def configuration(self) -> Mapping[str, Any]:
        """Want everything."""
        wanted = ("cohorts", "submissions", "badges", "certificates", "certificate_files")
        return {"site_url": URL, "token": self._token, **dict.fromkeys(wanted, True)}

    def repair(self) -> None:
        """Make the site good again. What was handed in is touched, as it is when somebody puts a file right."""
        self.faults.off()
        fresh = _good_site()
        for field in fields(Site):
            setattr(self.site, field.name, getattr(fresh, field.name))
        for _, submission in self.site.submissions():
            submission.timemodified = EPOCH + 3600

    def troubles(self) -> Sequence[Fault]:
        """Add what only Moodle has."""
        own = (
            ErrorObject(code="sitemaintenance"),
            PhpFault(),
            SlowGradeReport(path="gradereport_user_get_grade_items"),
            ShortPage(path=_ENROLLED, records=1, times=2),
            RepeatedPage(path=_ENROLLED),
        )
        return (*super().troubles(), *own)

    def rights(self) -> Mapping[str, frozenset[str]]:
        """Functions of the service, and capabilities of the role."""
        return {
            _ENROLLED: _OF_ROSTERS,
            "moodle/course:viewparticipants": _OF_ROSTERS,
            "moodle/site:accessallgroups": frozenset({"groups"}),
            "moodle/cohort:view": frozenset({"cohorts", "cohort_members"}),
            "moodle/grade:viewall": frozenset({"grades", "final_grades"}),
            "report/completion:view": frozenset({"course_completions"}),
            "report/progress:view": frozenset({"activity_completions"}),
            "mod/assign:grade": frozenset({"submissions"}),
            "moodle/badges:viewotherbadges": frozenset({"badges"}),
            "mod_customcert_list_issues": frozenset({"certificates", "certificate_files"}),
        }

    def take_right(self, right: str) -> None:
        """Take a function from the service, or a capability from the role."""
        self.site.service.functions.discard(right)
        self.site.service.capabilities.discard(right)

    def revoke(self, after: int = 0) -> None:
        """Delete the token after so many requests."""
        self.faults.on(TokenDies(after=after, token=self._token))

    def renewed(self) -> Mapping[str, Any]:
        """Make a new token of the same account."""
        self._token = FRESH_TOKEN
        self.site.service.tokens[FRESH_TOKEN] = self.site.service.tokens[TOKEN]
        return self.configuration()

    def other_account(self) -> Mapping[str, Any]:
        """Make a token of another account."""
        other = User(id=_OTHER_ACCOUNT, username="other", firstname="Другая", lastname="Служба")
        self.site.users[other.id] = other
        self.site.service.tokens[OTHER_TOKEN] = Token(userid=other.id)
        return {**self.configuration(), "token": OTHER_TOKEN}

    def _badge(self, number: int) -> tuple[BadgeIssue, Spot]:
        badge = self.site.badges[number]
        return badge, Spot(stream="badges", external_id=badge.uniquehash)

    def poison(self) -> Spot:
        """Leave the name of a badge empty."""
        badge, spot = self._badge(1)
        badge.name = ""
        return spot

    def leave_out_key(self) -> Spot:
        """Leave out the hash of a badge."""
        badge, spot = self._badge(1)
        badge.uniquehash = ""
        return Spot(stream=spot.stream, external_id=spot.external_id, nameless=True)

    def oddities(self) -> Iterator[str]:
        """Leave out what Moodle leaves out, and say null where it may."""
        optional = ("idnumber", "email", "department", "customfields", "description", "feedback", "dateexpire")
        self.faults.on(MissingFields(fields=optional))
        yield "optional fields are missing"
        self.faults.on(NullFields(fields=(*optional, "itemmodule", "gradedatesubmitted", "categoryname", "warnings")))
        yield "optional fields are null"
        self.faults.on(UnknownValue(name="itemmodule"), UnknownValue(name="modname"))
        yield "an unknown kind of activity"
        self.faults.on(OldClassNames())
        yield "a site before 4.5"

    def remove(self) -> Spot:
        """Take a badge back."""
        badge, spot = self._badge(2)
        self.site.badges.remove(badge)
        return spot

    def change_old_result(self) -> Spot:
        """Give somebody another grade."""
        course = self.site.courses[2]
        (item, userid), grade = next(iter(course.grades.items()))
        grade.raw = 1.5
        return Spot(stream="grades", external_id=f"{course.id}:{userid}:{item}")

    def misplace_files(self) -> Iterator[tuple[str, Spot]]:
        """Let the address of what was handed in lead astray."""
        submission, spot = self._handed_in()
        self.faults.on(ForeignFileHost(path="mod_assign_get_submissions", times=1))
        yield "a file at another host", spot
        for address in ("https://elsewhere.example/work.txt", "http://127.0.0.1:9/inside", "https://10.0.0.1/inside"):
            self.faults.on(PrivateRedirect(path=f"*/submission_files/{submission.id}/*", address=address))
            yield f"a redirect to {address}", spot

    def _handed_in(self) -> tuple[Submission, Spot]:
        """The file that is asked for first: courses come most recent first."""
        course = max(self.site.courses.values(), key=lambda each: each.id)
        submission = next(each for one in course.assignments.values() for each in one.submissions.values())
        key = f"{submission.id}:submission_files:/{submission.files[0].filename}"
        return submission, Spot(stream="submissions", external_id=key)


def _good_site() -> Site:
    return generate(URL, set(FUNCTIONS), seed=4, size=SIZE)
