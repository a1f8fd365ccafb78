"""Who may do what: one table from roles to permissions; what is not in it is denied."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What a member of an institution is there."""

    ADMINISTRATOR = "administrator"
    """Администратор: accounts, settings, connections; sees no contents and decides nothing about records."""
    CLERK = "clerk"
    """Делопроизводитель, секретарь: keeps personal files and takes documents in."""
    RECORDS_OFFICER = "records_officer"
    """Ответственный за архив: answers for what is kept and until when."""
    COMMISSION = "commission"
    """Член экспертной комиссии: looks at records to decide their value."""
    HEAD = "head"
    """Руководитель: reads, and approves acts."""
    EXECUTOR = "executor"
    """Исполнитель: carries out approved acts; sees lists only."""
    AUDITOR = "auditor"
    """Проверяющий: reads the audit trail and lists, opens no document."""
    TEACHER = "teacher"
    """Преподаватель: sees the own groups and their learners; adds nothing to any other role."""
    SERVICE_ACCOUNT = "service_account"
    """A program; its tokens narrow this down further."""


class Permission(StrEnum):
    """What may be done, as `noun.verb`."""

    INSTITUTIONS_CREATE = "institutions.create"
    INSTITUTION_CONFIGURE = "institution.configure"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_MANAGE = "accounts.manage"
    CONNECTIONS_MANAGE = "connections.manage"
    CONNECTIONS_REACH_INSIDE = "connections.reach_inside"
    """Let a connection reach a host inside the network: of the operator, whose network it is."""
    PLUGINS_READ = "plugins.read"
    PERIOD_EXPORTS_READ = "period_exports.read"
    """That there are snapshots of study periods, and which are due."""
    PERIOD_EXPORTS_MAKE = "period_exports.make"
    """Make and file snapshots of study periods, and read what they say."""
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    PEOPLE_PRIVATE = "people.private"
    """СНИЛС and contacts of learners and staff, and legal representatives."""
    STAFF_READ = "staff.read"
    STAFF_WRITE = "staff.write"
    STUDIES_READ = "studies.read"
    """Study periods, subjects, and who studies or teaches in which group."""
    STUDIES_WRITE = "studies.write"
    PERSONAL_FILES_READ = "personal_files.read"
    PERSONAL_FILES_WRITE = "personal_files.write"
    GROUPS_READ = "groups.read"
    GROUPS_WRITE = "groups.write"
    TAXONOMY_READ = "taxonomy.read"
    """Kinds and sources of results, scales, kinds of rewards, and the policy of results."""
    TAXONOMY_WRITE = "taxonomy.write"
    RESULTS_READ = "results.read"
    """Results, attendance, statements of will."""
    RESULTS_STAFF = "results.staff"
    """Results of kinds that are for the staff only: diagnostics."""
    RESULTS_ENTER = "results.enter"
    RESULTS_CONFIRM = "results.confirm"
    RESULTS_CONFIGURE = "results.configure"
    """Decide who confirms, which will is needed, and whether outside results are credited."""
    SPECIAL_NEEDS_READ = "special_needs.read"
    """Who needs special conditions, and results of restricted kinds."""
    SPECIAL_NEEDS_WRITE = "special_needs.write"
    REWARDS_READ = "rewards.read"
    REWARDS_WRITE = "rewards.write"
    DOCUMENTS_READ = "documents.read"
    """Lists and metadata, without contents."""
    DOCUMENTS_OPEN = "documents.open"
    """Contents and previews."""
    DOCUMENTS_UPLOAD = "documents.upload"
    DOCUMENTS_EDIT = "documents.edit"
    DOCUMENTS_WITHDRAW = "documents.withdraw"
    QUARANTINE_DECIDE = "quarantine.decide"
    NOMENCLATURE_READ = "nomenclature.read"
    NOMENCLATURE_WRITE = "nomenclature.write"
    NOMENCLATURE_AGREE = "nomenclature.agree"
    """Record the minutes of the commission."""
    NOMENCLATURE_APPROVE = "nomenclature.approve"
    NOMENCLATURE_RETURN = "nomenclature.return"
    TERMS_DECIDE = "terms.decide"
    """Propose how a term is read that was not understood."""
    TERMS_CONFIRM = "terms.confirm"
    CASES_READ = "cases.read"
    CASES_WRITE = "cases.write"
    """Open cases, file documents, close, record events."""
    CASES_DECIDE = "cases.decide"
    """Decide that the documents of a case are no longer needed."""
    CASES_APPRAISE = "cases.appraise"
    """Record what the commission decided of the value of a case."""
    CASES_ACCEPT = "cases.accept"
    """Say whether a condition of the rule is met, and accept what that does to the date."""
    CASES_SHORTEN = "cases.shorten"
    """Accept of many cases at once, after a preview, that they are free earlier."""
    RETENTION_CONFIGURE = "retention.configure"
    """Decide how the institution reads terms."""
    HOLDS_PLACE = "holds.place"
    HOLDS_LIFT = "holds.lift"
    DISPOSAL_READ = "disposal.read"
    """Disposal acts, inventories, and what is due."""
    DISPOSAL_PREPARE = "disposal.prepare"
    """Make inventories and acts, submit them, record what the archive decided."""
    DISPOSAL_EXCLUDE = "disposal.exclude"
    DISPOSAL_REVIEW = "disposal.review"
    """Request changes of an act, or agree to it by minutes of the commission."""
    DISPOSAL_APPROVE = "disposal.approve"
    DISPOSAL_ABORT = "disposal.abort"
    DISPOSAL_CANCEL = "disposal.cancel"
    DISPOSAL_EXECUTE = "disposal.execute"
    """Announce or confirm the execution of an approved act, and record the end of paper; always two people."""
    DISPOSAL_CONFIGURE = "disposal.configure"
    """Decide how long acts wait, and declare the single-person mode."""
    PAPERS_ISSUE = "papers.issue"
    """Have papers made for good and filed; record who signed them."""
    PAPERS_SIGN = "papers.sign"
    """Bring one's own signature."""
    PAPERS_PERSONAL = "papers.personal"
    """Read papers that name whose data were destroyed."""
    CONSENTS_READ = "consents.read"
    """Consents, duties and blockings."""
    CONSENTS_WRITE = "consents.write"
    """Record consents, withdrawals, purposes reached and demands."""
    DUTIES_DECIDE = "duties.decide"
    BLOCKINGS_DECIDE = "blockings.decide"
    BLOCKED_OPEN = "blocked.open"
    """Contents of blocked personal files, for a stated purpose."""
    SEARCH_USE = "search.use"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    JOBS_READ = "jobs.read"
    JOBS_CANCEL = "jobs.cancel"
    TOKENS_OWN = "tokens.own"
    """Make and revoke tokens for programs that act in one's own name."""


_P = Permission

_LISTS: Final = frozenset(
    {
        _P.PEOPLE_READ,
        _P.PERSONAL_FILES_READ,
        _P.GROUPS_READ,
        _P.STAFF_READ,
        _P.STUDIES_READ,
        _P.TAXONOMY_READ,
        _P.RESULTS_READ,
        _P.REWARDS_READ,
        _P.DOCUMENTS_READ,
        _P.NOMENCLATURE_READ,
        _P.CASES_READ,
        _P.DISPOSAL_READ,
        _P.SEARCH_USE,
        _P.JOBS_READ,
    }
)
_READER: Final = _LISTS | {_P.DOCUMENTS_OPEN, _P.TOKENS_OWN}
_KEEPER: Final = frozenset(
    {
        _P.PEOPLE_WRITE,
        _P.PEOPLE_PRIVATE,
        _P.STAFF_WRITE,
        _P.STUDIES_WRITE,
        _P.PERSONAL_FILES_WRITE,
        _P.GROUPS_WRITE,
        _P.RESULTS_ENTER,
        _P.REWARDS_WRITE,
        _P.DOCUMENTS_UPLOAD,
        _P.DOCUMENTS_EDIT,
        _P.DOCUMENTS_WITHDRAW,
    }
)

ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(
            {
                _P.INSTITUTION_CONFIGURE,
                _P.ACCOUNTS_READ,
                _P.ACCOUNTS_MANAGE,
                _P.CONNECTIONS_MANAGE,
                _P.PERIOD_EXPORTS_READ,
                _P.TAXONOMY_READ,
                _P.PLUGINS_READ,
                _P.JOBS_READ,
                _P.JOBS_CANCEL,
                _P.TOKENS_OWN,
            }
        ),
        Role.CLERK: _READER
        | _KEEPER
        | {
            _P.PERIOD_EXPORTS_READ,
            _P.PERIOD_EXPORTS_MAKE,
            _P.TAXONOMY_WRITE,
            _P.RESULTS_STAFF,
            _P.QUARANTINE_DECIDE,
            _P.CASES_WRITE,
            _P.HOLDS_PLACE,
            _P.CONSENTS_READ,
            _P.CONSENTS_WRITE,
            _P.JOBS_CANCEL,
        },
        Role.RECORDS_OFFICER: _READER
        | {
            _P.PERIOD_EXPORTS_READ,
            _P.PERIOD_EXPORTS_MAKE,
            _P.RESULTS_STAFF,
            _P.QUARANTINE_DECIDE,
            _P.NOMENCLATURE_WRITE,
            _P.NOMENCLATURE_RETURN,
            _P.DISPOSAL_PREPARE,
            _P.PAPERS_ISSUE,
            _P.PAPERS_SIGN,
            _P.PAPERS_PERSONAL,
            _P.DISPOSAL_EXCLUDE,
            _P.DISPOSAL_ABORT,
            _P.DISPOSAL_CANCEL,
            _P.TERMS_DECIDE,
            _P.TERMS_CONFIRM,
            _P.CASES_ACCEPT,
            _P.HOLDS_PLACE,
            _P.HOLDS_LIFT,
            _P.CONSENTS_READ,
            _P.DUTIES_DECIDE,
            _P.BLOCKINGS_DECIDE,
            _P.BLOCKED_OPEN,
            _P.AUDIT_READ,
            _P.PLUGINS_READ,
            _P.JOBS_CANCEL,
        },
        Role.COMMISSION: _READER
        | {
            _P.NOMENCLATURE_AGREE,
            _P.DISPOSAL_EXCLUDE,
            _P.DISPOSAL_REVIEW,
            _P.PAPERS_SIGN,
            _P.DISPOSAL_ABORT,
            _P.NOMENCLATURE_RETURN,
            _P.TERMS_CONFIRM,
            _P.CASES_DECIDE,
            _P.CASES_APPRAISE,
            _P.CONSENTS_READ,
            _P.BLOCKED_OPEN,
        },
        Role.HEAD: _READER
        | {
            _P.PERIOD_EXPORTS_READ,
            _P.PEOPLE_PRIVATE,
            _P.TAXONOMY_WRITE,
            _P.RESULTS_STAFF,
            _P.RESULTS_CONFIRM,
            _P.RESULTS_CONFIGURE,
            _P.SPECIAL_NEEDS_READ,
            _P.SPECIAL_NEEDS_WRITE,
            _P.NOMENCLATURE_APPROVE,
            _P.DISPOSAL_APPROVE,
            _P.DISPOSAL_ABORT,
            _P.DISPOSAL_CANCEL,
            _P.DISPOSAL_CONFIGURE,
            _P.PAPERS_SIGN,
            _P.PAPERS_PERSONAL,
            _P.NOMENCLATURE_RETURN,
            _P.TERMS_CONFIRM,
            _P.CASES_DECIDE,
            _P.CASES_ACCEPT,
            _P.CASES_SHORTEN,
            _P.RETENTION_CONFIGURE,
            _P.HOLDS_PLACE,
            _P.HOLDS_LIFT,
            _P.CONSENTS_READ,
            _P.DUTIES_DECIDE,
            _P.BLOCKINGS_DECIDE,
            _P.BLOCKED_OPEN,
            _P.AUDIT_READ,
            _P.PLUGINS_READ,
        },
        Role.EXECUTOR: frozenset(
            {
                _P.DOCUMENTS_READ,
                _P.PERSONAL_FILES_READ,
                _P.NOMENCLATURE_READ,
                _P.CASES_READ,
                _P.DISPOSAL_READ,
                _P.DISPOSAL_EXECUTE,
                _P.PAPERS_SIGN,
                _P.PAPERS_PERSONAL,
                _P.JOBS_READ,
            }
        ),
        Role.AUDITOR: _LISTS - {_P.SEARCH_USE}
        | {
            _P.PERIOD_EXPORTS_READ,
            _P.ACCOUNTS_READ,
            _P.CONSENTS_READ,
            _P.AUDIT_READ,
            _P.AUDIT_EXPORT,
            _P.PLUGINS_READ,
            _P.TOKENS_OWN,
        },
        Role.TEACHER: frozenset(
            {
                _P.PEOPLE_READ,
                _P.GROUPS_READ,
                _P.STUDIES_READ,
                _P.TAXONOMY_READ,
                _P.RESULTS_READ,
                _P.RESULTS_STAFF,
                _P.RESULTS_ENTER,
                _P.SEARCH_USE,
            }
        ),
        Role.SERVICE_ACCOUNT: _LISTS | _KEEPER | {_P.DOCUMENTS_OPEN},
    }
)
"""What each role may do; search reads the text of documents, so it goes with the right to open them."""

OPERATORS: Final = frozenset({_P.INSTITUTIONS_CREATE, _P.CONNECTIONS_REACH_INSIDE})
"""What the mark of an operator lets do besides the roles."""

STANDS_ALONE: Final = frozenset({Role.ADMINISTRATOR, Role.SERVICE_ACCOUNT})
"""Roles that are held without any other: who makes accounts reads no records, and a program is no person."""


def granted(
    roles: Iterable[Role], *, operator: bool, rights: Iterable[str] = (), scopes: Iterable[str] | None = None
) -> frozenset[Permission]:
    """Return what `roles` and `rights` allow; `scopes` (of a token; None for a session) narrow it down, and never add.

    What a teacher may do is meant for the own groups, so it is added to no role that sees the whole institution.
    """
    held = frozenset(roles)
    allowed = set(OPERATORS) if operator else set()
    allowed |= {Permission(right) for right in rights}
    for role in held if sees_own_groups_only(held) else held - {Role.TEACHER}:
        allowed |= ROLE_PERMISSIONS[role]
    return frozenset(allowed) if scopes is None else frozenset(allowed).intersection(scopes)


def sees_own_groups_only(roles: Iterable[Role]) -> bool:
    """Say whether somebody in `roles` sees nothing but the groups that he or she teaches."""
    return frozenset(roles) == {Role.TEACHER}
