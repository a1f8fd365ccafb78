"""The table of who may do what."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.access.permissions import (
    OPERATORS,
    ROLE_PERMISSIONS,
    STANDS_ALONE,
    Permission,
    Role,
    granted,
    sees_own_groups_only,
)

READS_CONTENTS = {Role.CLERK, Role.RECORDS_OFFICER, Role.COMMISSION, Role.HEAD, Role.SERVICE_ACCOUNT}
RECORDS = (
    *("people.", "staff.", "studies.", "personal_files.", "groups.", "documents.", "quarantine.", "search."),
    *("nomenclature.", "terms.", "cases.", "holds."),
)
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "roles.md"

roles = st.frozensets(st.sampled_from(list(Role)))
scopes = st.frozensets(st.sampled_from([*Permission, "unknown.scope"]))


@given(held=roles, operator=st.booleans())
def test_contents_are_opened_by_readers_only(held: frozenset[Role], *, operator: bool) -> None:
    opens = Permission.DOCUMENTS_OPEN in granted(held, operator=operator)
    assert opens == bool(held & READS_CONTENTS)


@given(held=roles, asked=scopes, operator=st.booleans())
def test_a_token_never_adds_to_what_its_account_may(
    held: frozenset[Role], asked: frozenset[str], *, operator: bool
) -> None:
    whole = granted(held, operator=operator)
    narrowed = granted(held, operator=operator, scopes=asked)
    assert narrowed == whole & asked
    assert not granted(held, operator=operator, scopes=[])


@given(one=roles, other=roles, operator=st.booleans())
def test_roles_add_up_and_take_nothing_away(one: frozenset[Role], other: frozenset[Role], *, operator: bool) -> None:
    together = granted(one | other, operator=operator)
    if sees_own_groups_only(one | other) or not (sees_own_groups_only(one) or sees_own_groups_only(other)):
        assert together == granted(one, operator=operator) | granted(other, operator=operator)


@given(held=roles.filter(lambda held: held - {Role.TEACHER}), operator=st.booleans())
def test_what_a_teacher_sees_of_the_own_groups_no_other_role_sees_of_all(
    held: frozenset[Role], *, operator: bool
) -> None:
    assert granted(held | {Role.TEACHER}, operator=operator) == granted(held - {Role.TEACHER}, operator=operator)
    assert not sees_own_groups_only(held | {Role.TEACHER})


@given(roles)
def test_institutions_are_founded_by_operators_only(held: frozenset[Role]) -> None:
    assert Permission.INSTITUTIONS_CREATE not in granted(held, operator=False)
    assert Permission.INSTITUTIONS_CREATE in granted(held, operator=True)


def test_an_administrator_has_nothing_to_do_with_records() -> None:
    assert not [each for each in ROLE_PERMISSIONS[Role.ADMINISTRATOR] if each.startswith((*RECORDS, "audit."))]
    assert Role.ADMINISTRATOR in STANDS_ALONE


def test_accounts_are_managed_by_administrators_only() -> None:
    for permission in (Permission.ACCOUNTS_MANAGE, Permission.INSTITUTION_CONFIGURE, Permission.CONNECTIONS_MANAGE):
        assert [role for role in Role if permission in ROLE_PERMISSIONS[role]] == [Role.ADMINISTRATOR]


def test_who_drafts_a_nomenclature_neither_agrees_to_it_nor_approves_it() -> None:
    steps = (Permission.NOMENCLATURE_WRITE, Permission.NOMENCLATURE_AGREE, Permission.NOMENCLATURE_APPROVE)
    assert [[role for role in Role if step in ROLE_PERMISSIONS[role]] for step in steps] == [
        [Role.RECORDS_OFFICER],
        [Role.COMMISSION],
        [Role.HEAD],
    ]


def test_holds_are_placed_by_many_and_lifted_by_few() -> None:
    placing, lifting = (
        {role for role in Role if permission in ROLE_PERMISSIONS[role]}
        for permission in (Permission.HOLDS_PLACE, Permission.HOLDS_LIFT)
    )
    assert placing == {Role.CLERK, Role.RECORDS_OFFICER, Role.HEAD}
    assert lifting == {Role.RECORDS_OFFICER, Role.HEAD}


def test_an_auditor_and_an_executor_change_nothing() -> None:
    changing = (
        *(".write", ".upload", ".edit", ".withdraw", ".decide", ".manage", ".configure", ".cancel", ".open"),
        *(".agree", ".approve", ".return", ".confirm", ".place", ".lift"),
    )
    for role in (Role.AUDITOR, Role.EXECUTOR, Role.TEACHER):
        assert not [each for each in ROLE_PERMISSIONS[role] if each.endswith(changing)]


def test_who_searches_texts_may_open_them() -> None:
    # A teacher's search finds names of the own groups, never a text: tests/registry/studies.
    for role, allowed in ((role, ROLE_PERMISSIONS[role]) for role in Role if role is not Role.TEACHER):
        assert (Permission.SEARCH_USE in allowed) <= (Permission.DOCUMENTS_OPEN in allowed), role


def test_every_role_has_its_row_and_every_permission_a_holder() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    held = frozenset().union(*ROLE_PERMISSIONS.values())
    assert set(Permission) - held == OPERATORS


def test_the_reference_says_what_the_table_says() -> None:
    documented: dict[str, set[str]] = {}
    header: list[str] = []
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("| permission"):
            header = cells[1:]
        elif line.startswith("| `") and header and len(cells) == len(header) + 1:
            documented[cells[0]] = {role for role, cell in zip(header, cells[1:], strict=True) if cell == "yes"}
    assert header == [*[role.value for role in Role], "operator"]
    expected = {
        permission.value: {role.value for role in Role if permission in ROLE_PERMISSIONS[role]}
        | ({"operator"} if permission in OPERATORS else set())
        for permission in Permission
    }
    assert documented == expected
