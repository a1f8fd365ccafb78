"""The normal form of a rule: one way to write each, which reads back as the same rule."""

from typing import NamedTuple

from retention.terms import (
    Condition,
    Counting,
    Fallback,
    NonSource,
    OtherTerm,
    Rule,
    Term,
    TermKind,
    Upgrade,
)

_PHRASES = {
    TermKind.PERMANENT: "Постоянно",
    TermKind.UNTIL_LIQUIDATION: "До ликвидации организации",
    TermKind.UNTIL_NOT_NEEDED: "До минования надобности",
    TermKind.UNTIL_REPLACED: "До замены новыми",
    TermKind.UNTIL_CLAIMED: "До востребования",
    TermKind.NOT_APPLICABLE: "-",
}
_TEENS = range(11, 15)


class Written(NamedTuple):
    """A rule in the three columns in which it is read."""

    term: str
    footnote: str
    article: str


def format_term(term: Term) -> str:
    """Return the normal form of a term: «5 лет ЭПК после замены новыми»."""
    core = _core(term)
    mark = "" if term.mark is None else f" {term.mark}"
    if term.kind is TermKind.UNTIL_EVENT:
        # The comma keeps the mark apart from the words of the event.
        return core + mark.replace(" ", ", ")
    if term.kind in _PHRASES:
        return core + mark
    start = "с момента" if term.counting is Counting.MOMENT else "после"
    return core + mark + ";".join(f" {start} {trigger.words}" for trigger in term.triggers)


def format_rule(rule: Rule) -> Written:
    """Return the normal form of a rule; reading its three columns gives the rule back."""
    clauses = [_clause(condition) for condition in rule.conditions]
    cell = rule.term
    if rule.replaced is not None:
        cell = rule.replaced
        clauses.insert(0, format_term(rule.term))
    footnote = "".join(f"{remark}. " for remark in rule.remarks)
    term = format_term(cell)
    if clauses:
        term, footnote = f"{term} (1)", f"{footnote}(1) {'; '.join(clauses)}"
    return Written(term, footnote.strip(), "; ".join(article.raw for article in rule.articles))


def unit(years: int) -> str:
    """Return the Russian word that goes with a number of years: 1 год, 3 года, 5 лет."""
    if years % 100 not in _TEENS:
        if years % 10 == 1:
            return "год"
        if years % 10 in {2, 3, 4}:
            return "года"
    return "лет"


def _core(term: Term) -> str:
    span = "" if term.years is None else f"{term.years} {unit(term.years)}"
    match term.kind:
        case TermKind.YEARS:
            return span
        case TermKind.DUAL if term.dual is not None:
            return f"{term.dual[0]}/{term.dual[1]} лет"
        case TermKind.MIN_YEARS:
            # «не менее» governs the genitive: одного года, трёх лет.
            return f"Не менее {term.years} {'года' if span.endswith(' год') else 'лет'}"
        case TermKind.AGE_BASED:
            return f"{span} - «В»"
        case TermKind.UNTIL_EVENT:
            return "; ".join(f"До {trigger.words}" for trigger in term.triggers)
        case _:
            return _PHRASES.get(term.kind, span)


def _clause(condition: Condition) -> str:
    if not isinstance(condition, Upgrade | Fallback | OtherTerm | NonSource):
        return condition.words
    said = f"{condition.words} - {format_term(condition.term)}"
    if isinstance(condition, Upgrade | OtherTerm) and condition.otherwise is not None:
        return f"{condition.otherwise}; {said}"
    return said
