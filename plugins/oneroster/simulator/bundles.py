"""A generator of bundles, right ones and wrong ones."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugins.oneroster.simulator.school import Entry, School

_USUAL = "sourcedId status dateLastModified"
COLUMNS: Mapping[str, str] = {
    "orgs": f"{_USUAL} name type identifier parentSourcedId",
    "academicSessions": f"{_USUAL} title type startDate endDate parentSourcedId schoolYear",
    "courses": f"{_USUAL} schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes",
    "classes": f"{_USUAL} title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds "
    "subjects subjectCodes periods",
    "users": f"{_USUAL} enabledUser orgSourcedIds role username userIds givenName familyName middleName identifier "
    "email sms phone agentSourcedIds grades password",
    "enrollments": f"{_USUAL} classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate",
    "demographics": f"{_USUAL} birthDate sex cityOfBirth",
    "categories": f"{_USUAL} title",
    "lineItems": f"{_USUAL} title description assignDate dueDate classSourcedId categorySourcedId "
    "gradingPeriodSourcedId resultValueMin resultValueMax",
    "results": f"{_USUAL} lineItemSourcedId studentSourcedId scoreStatus score scoreDate comment",
}
"""Columns of 1.1 in the order of the specification."""
COLUMNS_1_2: Mapping[str, str] = {
    **COLUMNS,
    "users": f"{_USUAL} enabledUser username userIds givenName familyName middleName identifier email sms phone "
    "agentSourcedIds grades password userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName "
    "preferredFamilyName primaryOrgSourcedId pronouns",
    "roles": f"{_USUAL} userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId",
    "userProfiles": f"{_USUAL} userSourcedId profileType vendorId credentialType username password",
}
_REFERENCES = {"orgSourcedIds": "orgs", "agentSourcedIds": "agents", "termSourcedIds": "terms"}
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleForm:
    """How a bundle is written; each default is what the specification says."""

    version: str = "1.1"
    delta: bool = False
    """Only what was changed, with status and date."""
    absent: Sequence[str] = ()
    """Files that are left out, and said to be."""
    system: str = "DEMO"
    encoding: str = "utf-8"
    """`utf-8-sig` writes a BOM."""
    reversed_columns: bool = False
    lower_headers: bool = False
    extra_column: str = ""
    filled_status: bool = False
    """A complete file says `active`, as some do."""
    old_spellings: bool = False
    """`userSourcedId` and `birthdate` in demographics."""
    null_word: bool = False
    """The word NULL instead of empty cells."""
    upper_booleans: bool = False
    without_manifest: bool = False
    missing_file: str = ""
    """Named by the manifest, and not there."""
    folder: str = ""
    delimiter: str = ","
    more_rows: Mapping[str, Iterable[Sequence[str]]] = field(default_factory=dict)
    """Further rows of a file as they are, in the order of its columns; may be longer than memory."""
    dropped_columns: Sequence[str] = ()


def write_bundle(path: Path, school: School, form: BundleForm | None = None) -> None:
    """Write a bundle; two of one school and form are alike byte by byte."""
    form = form or BundleForm()
    files = COLUMNS_1_2 if form.version.startswith("1.2") else COLUMNS
    written = [name for name in files if name not in form.absent and name != form.missing_file]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if not form.without_manifest:
            _write(archive, form, "manifest", _manifest(form, files))
        for name in written:
            _write(archive, form, name, _table(school, form, name, files[name].split()))


def _write(archive: zipfile.ZipFile, form: BundleForm, name: str, rows: Iterable[Sequence[str]]) -> None:
    entry = zipfile.ZipInfo(f"{form.folder}{name}.csv", _FIRST_MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=True) as content:
        text = io.TextIOWrapper(content, encoding=form.encoding, newline="")
        csv.writer(text, delimiter=form.delimiter, lineterminator="\r\n").writerows(rows)
        text.flush()
        text.detach()


def _manifest(form: BundleForm, files: Mapping[str, str]) -> Iterator[Sequence[str]]:
    yield "propertyName", "value"
    yield "manifest.version", "1.0"
    yield "oneroster.version", form.version
    for name in files:
        yield f"file.{name}", "absent" if name in form.absent else "delta" if form.delta else "bulk"
    yield "source.systemName", "Образцовая система"
    yield "source.systemCode", form.system


def _table(school: School, form: BundleForm, name: str, columns: list[str]) -> Iterator[Sequence[str]]:
    columns = [column for column in columns if column not in form.dropped_columns]
    shown = [*columns[::-1]] if form.reversed_columns else columns
    header = [_spelt(form, name, column) for column in shown]
    yield [*header, form.extra_column] if form.extra_column else header
    for entry in _entries(school, form, name):
        row = [_cell(form, entry, column) for column in shown]
        yield [*row, "more"] if form.extra_column else row
    yield from form.more_rows.get(name, ())


def _spelt(form: BundleForm, name: str, column: str) -> str:
    if form.old_spellings and name == "demographics":
        column = {"sourcedId": "userSourcedId", "birthDate": "birthdate"}.get(column, column)
    return column.lower() if form.lower_headers else column


def _entries(school: School, form: BundleForm, name: str) -> Iterator[Entry]:
    if name == "userProfiles":
        return
    if name == "roles":
        for user in _chosen(school, form, "users"):
            for org in user["orgs"]:
                yield {
                    **{key: user[key] for key in _USUAL.split()},
                    "sourcedId": f"{user['sourcedId']}-{org['sourcedId']}",
                    "user": {"sourcedId": user["sourcedId"]},
                    "roleType": "primary",
                    "role": user["role"],
                    "org": org,
                }
        return
    yield from _chosen(school, form, name)


def _chosen(school: School, form: BundleForm, name: str) -> Iterator[Entry]:
    for entry in school.entries(name):
        if not form.delta or (name, entry["sourcedId"]) in school.touched:
            yield entry


def _cell(form: BundleForm, entry: Entry, column: str) -> str:
    if column in {"status", "dateLastModified"} and not form.delta:
        value: Any = entry[column] if form.filled_status else ""
    elif column in _REFERENCES:
        value = ",".join(each["sourcedId"] for each in entry.get(_REFERENCES[column], ()))
    elif column.endswith("SourcedId"):
        value = (entry.get(column.removesuffix("SourcedId")) or {}).get("sourcedId", "")
    elif column == "userIds":
        value = ",".join(f"{{{each['type']}:{each['identifier']}}}" for each in entry["userIds"])
    else:
        value = entry.get(column, "")
    return _written(form, value)


def _written(form: BundleForm, value: object) -> str:
    text = ",".join(value) if isinstance(value, list) else str(value)
    if form.null_word and not text:
        return "NULL"
    return text.upper() if form.upper_booleans and text in {"true", "false"} else text
