"""What the sources about the platform disagree on: each is a switch, so that a connector can be tried with both."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Forms:
    """How this installation of the platform answers; a test or an operator changes fields at any moment."""

    error_names: Literal["long", "short"] = "short"
    errors_with_200: bool = False
    """Whether error objects come with status 200."""
    final_marks: Literal["list", "bundle"] = "list"
    final_marks_among_marks: bool = False
    """Whether the marks of an interval hold final marks too."""
    schedules: Literal["days", "list"] = "days"
    timetables: Literal["list", "object"] = "list"
    relatives: Literal["list", "object"] = "list"
    search: Literal["plural", "singular"] = "plural"
    period_group: Literal["plural", "singular"] = "plural"
    log_entries: Literal["segments", "glued"] = "segments"
    bulk_marks: Literal["many", "short"] = "many"
    interval_end: Literal["inclusive", "exclusive"] = "inclusive"
    marks_by: Literal["lesson", "grading"] = "lesson"
    """Which day an interval of marks means."""
    archive: Literal["all", "only"] = "all"
    """What `includeArchive=true` brings."""
    subgroup_marks_in_class: bool = False
    """Whether lessons and marks of subgroups come with those of the class too."""
    decimal_comma: bool = True
    names_of_regions: Literal["regionid", "regionId"] = "regionid"
    """Also decides between `journaltype` and `journalType`."""
    expiry: Literal["expiresIn", "expiresDate"] = "expiresIn"
    empty_names: bool = False
    """Whether persons come with a short name only, as in one installation."""
    foreign_pupils: bool = False
    """Whether rosters and marks hold somebody of another school."""
    file_host: str = ""
    """Scheme and host of files; empty: this platform's own."""
