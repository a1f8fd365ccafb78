"""Retention rules as values: a term (срок хранения) with its conditions, and what the reading of a cell came to.

A rule is the pair (cell, footnotes). `retention.grammar.read` makes a `Reading` of it; only a reading whose status is
`UNDERSTOOD` carries a `Rule`, and only a `Rule` may be computed with. Everything here is frozen, hashable and compared
by value. Words of events and conditions are kept as the nomenclature has them (spaces, dashes and look-alike letters
normalised), because a person has to recognise them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from retention.errors import RetentionError

LONGEST_TERM: Final = 150
"""Years beyond which a number is no term any more but, say, a calendar year."""


class TermKind(StrEnum):
    """What a term waits for; the values are those of `kind` in collections of terms."""

    YEARS = "years"
    """A span: «5 лет», with or without an event it counts from."""
    DUAL = "dual"
    """«50/75 лет»: the year of closing decides (125-ФЗ ст. 22.1)."""
    MIN_YEARS = "min_years"
    """«Не менее 5 лет»: a person decides, not before the span has passed."""
    AGE_BASED = "age_based"
    """«75 лет - «В»»: the span less the person's age at closing."""
    PERMANENT = "permanent"
    """«Постоянно»."""
    UNTIL_LIQUIDATION = "until_liquidation"
    """«До ликвидации организации»; for a sole trader: until the activity ends."""
    UNTIL_NOT_NEEDED = "until_not_needed"
    """«До минования надобности»: a person decides, not before `Term.years` have passed."""
    UNTIL_REPLACED = "until_replaced"
    """«До замены новыми»; its event stands in `Term.triggers`."""
    UNTIL_CLAIMED = "until_claimed"
    """«До востребования»; its event stands in `Term.triggers`."""
    UNTIL_EVENT = "until_event"
    """Any other «До …»; its event stands in `Term.triggers`."""
    COMPOUND = "compound"
    """Two terms in one cell whose relation is not said; never part of a `Rule`."""
    NOT_APPLICABLE = "not_applicable"
    """A dash or a blank cell: no term is stated, so nothing can be computed or disposed of."""


class AppraisalMark(StrEnum):
    """Who appraises when the term is over; expiry then leads to appraisal, not to disposal."""

    EPK = "ЭПК"
    EK = "ЭК"
    TSEK = "ЦЭК"


class Counting(StrEnum):
    """From which day a span counts."""

    YEAR_AFTER = "year_after"
    """From 1 January of the year after the closing or the event."""
    MOMENT = "moment"
    """From the very day of the event («с момента …»)."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event from which a term counts, or until which it lasts.

    Attributes:
        code: One of `retention.triggers.CODES`; `event` for an event that is in no list.
        words: The event as the cell names it, in the genitive: «замены новыми».
    """

    code: str
    words: str


class ImpossibleTerm(RetentionError):
    """A term was built whose figures do not fit its kind.

    Attributes:
        kind: The kind that was asked for.
        figures: The `years` and `dual` that were given.
    """

    code = "impossible_term"

    def __init__(self, kind: "TermKind", figures: tuple[object, object]) -> None:
        super().__init__(f"years and dual cannot be {figures} in a term of kind {kind}: give what the kind needs")
        self.kind = kind
        self.figures = figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term, without its conditions.

    Attributes:
        kind: What the term waits for.
        years: Length in years for `YEARS`, `MIN_YEARS` and `AGE_BASED`; the floor for `UNTIL_NOT_NEEDED` (1 year by
            Инструкция 237); None for every other kind except `COMPOUND`, where it is what could be read.
        dual: For `DUAL` (years if closed from 2003 on, years if closed before): (50, 75); None for the others.
        mark: Whether, and by whom, the case is appraised after the term.
        triggers: Events it counts from; of several the later one counts. For `UNTIL_…` kinds the event that ends it.
            Empty: it counts from the closing of the case.
        counting: `MOMENT` only if the triggers were given with «с момента».
    """

    kind: TermKind
    years: int | None = None
    dual: tuple[int, int] | None = None
    mark: AppraisalMark | None = None
    triggers: tuple[Trigger, ...] = ()
    counting: Counting = Counting.YEAR_AFTER

    def __post_init__(self) -> None:
        """Refuse figures that do not fit the kind.

        Raises:
            ImpossibleTerm: A span without years or out of 1…150, or figures where the kind has none.
        """
        if self.kind is TermKind.COMPOUND:
            return
        spanned = self.kind in _SPANNED
        fits = (self.years is not None) == spanned and (self.dual is not None) == (self.kind is TermKind.DUAL)
        if not fits or (self.years is not None and not 0 < self.years <= LONGEST_TERM):
            raise ImpossibleTerm(self.kind, (self.years, self.dual))


_SPANNED: Final = {TermKind.YEARS, TermKind.MIN_YEARS, TermKind.AGE_BASED, TermKind.UNTIL_NOT_NEEDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """No disposal until the condition is recorded as met or as not arising («При условии проведения проверки»)."""

    type: ClassVar[str] = "gate"
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A longer term if the condition holds («При отсутствии годовых - постоянно»); unknown means that it holds.

    Attributes:
        otherwise: The contrary, where it is said too: when the term of the rule itself holds.
    """

    type: ClassVar[str] = "upgrade"
    words: str
    term: Term
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A lower bound on whatever ends the term: exactly one of `years` and `until` is set.

    Attributes:
        words: «Не менее 5 лет», «Не ранее окончания …».
        years: Counted like a span from the closing of the case.
        until: Not before this event has happened.
    """

    type: ClassVar[str] = "floor"
    words: str
    years: int | None = None
    until: Trigger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """The term when the main event never comes («Невостребованные - 50/75 лет»)."""

    type: ClassVar[str] = "fallback"
    words: str
    term: Term


class OtherTermBy(StrEnum):
    """What decides whether another term applies."""

    PLACE = "place"
    """Who made, approved or sent the documents («По месту разработки - постоянно»)."""
    SUB_KIND = "sub_kind"
    """Which part of the documents («Переписка - 5 лет», «Руководителя - постоянно»)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTerm:
    """Another term for part of the documents; as long as nobody has said which part, the later date holds.

    Attributes:
        otherwise: The contrary, where it is said too («При отсутствии лицевых счетов; при наличии - 5 лет»): when the
            term of the rule itself holds.
    """

    type: ClassVar[str] = "other_term"
    by: OtherTermBy
    words: str
    term: Term
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NonSource:
    """The term that replaces the rule's in an institution that is no source of acquisition (не источник)."""

    type: ClassVar[str] = "non_source"
    words: str
    term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An exit other than destruction («Передаются в архив при ликвидации», «Выдаётся обучающемуся»)."""

    type: ClassVar[str] = "transfer"
    words: str


Condition = Gate | Upgrade | Floor | Fallback | OtherTerm | NonSource | Transfer
"""What a footnote adds to a term; `type` is its stable name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The basis of a term: an article of a list (статья перечня), or free text (an order, a decision).

    Attributes:
        raw: The text as it stands in the cell, spaces normalised.
        number: «19», «2.2.9»; None for free text.
        range: The last number of a range «ст. 19-21»; None without one.
        letter: «а», without quotes or hyphen; None without one.
        list_code: The list if one is named («ПТУД», «ведомственный перечень», «236»); None for the usual list.
    """

    raw: str
    number: str | None = None
    range: str | None = None
    letter: str | None = None
    list_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A fully understood (term, footnotes).

    Attributes:
        term: The term that governs.
        conditions: In the order in which they are written; none may be left out of a computation.
        articles: The basis; never changes a date.
        remarks: Texts that say nothing about the term (carrier, volumes, «переходящее»), as they are written.
        replaced: «Постоянно» whose bare footnote «До ликвидации организации» replaced it: `term` is then the
            footnote's term and this is the cell's own, which a source of acquisition has to keep to.
    """

    term: Term
    conditions: tuple[Condition, ...] = ()
    articles: tuple[Article, ...] = ()
    remarks: tuple[str, ...] = ()
    replaced: Term | None = None


class ReadingStatus(StrEnum):
    """Whether every word of a cell and its footnotes was understood."""

    UNDERSTOOD = "understood"
    NEEDS_REVIEW = "needs_review"
    """Blocks disposal until a person has decided."""


class Doubt(StrEnum):
    """Why a reading needs a person."""

    NO_TERM = "no_term"
    """Words, but no term among them."""
    UNKNOWN_WORDS = "unknown_words"
    """Words that are no part of any shape."""
    COMPOUND = "compound"
    """Two terms whose relation is not said."""
    CONTRADICTION = "contradiction"
    """Parts that exclude each other: another term without a condition, two marks, figures and words that differ."""
    REFERENCE_WITHOUT_TEXT = "reference_without_text"
    """The cell refers to a footnote that is not there."""
    TOO_LONG = "too_long"
    """More text than a cell has: nothing of it was read."""
    TEXT_WITHOUT_REFERENCE = "text_without_reference"
    """A numbered footnote to which the cell does not refer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of one cell with its footnotes.

    Attributes:
        status: `UNDERSTOOD` if and only if `rule` is set and `doubts` and `not_understood` are empty.
        rule: The rule to compute with; None if a person has to decide first.
        partial: What could be read of a cell that needs review, to show it to that person; never to compute with.
        not_understood: The words in doubt, one by one, in the order of cell, footnote, article; never empty if the
            status is `NEEDS_REVIEW`.
        doubts: Why, each once.
        raw_term: The cell as given.
        raw_footnote: The footnote as given.
        raw_article: The article column as given.
    """

    status: ReadingStatus
    rule: Rule | None
    partial: Rule | None
    not_understood: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    raw_term: str
    raw_footnote: str
    raw_article: str
