"""The core of a term (permanent, so many years, until …) as it stands in a cell."""

import re
from dataclasses import dataclass
from typing import Final

from retention.numerals import NUMBER, value
from retention.scanning import Scan
from retention.terms import LONGEST_TERM, TermKind

MARK: Final = r"(?:эпк|цэк|эк)(?![а-я])"
"""Pattern of an appraisal mark, over plain text."""
ARTICLE_AHEAD: Final = r"(?:ст(?:атья|атьи|\.)?|п\.)\s*[0-9]"
"""Pattern of the beginning of an article, over plain text."""

# A unit may be glued to what follows it: «5летЭПК», «5 л.ст. 19».
_GLUED: Final = rf"(?![а-я])|(?={MARK}|{ARTICLE_AHEAD})"
_UNIT: Final = rf"(?:(?:года|годов|год|лет)(?:{_GLUED})|[гл]\.|[гл](?:{_GLUED}))"
_START: Final = r"(?<![\w№])(?<![0-9][/.,-])"
_WORD_START: Final = r"(?<![\w-])"
# The short form stands alone; another word after it makes it an event: «до замены оборудования».
_ALONE: Final = rf"(?![а-я-])(?!\s+(?!{MARK}|{ARTICLE_AHEAD})[а-я])"
_ORGANISATION: Final = (
    r"(?:(?:образовательно(?:й|го) )?(?:организации|учреждения)|предприятия|школы|общества|юридического лица"
    r"|учебного заведения|компании|фирмы|гимназии|лицея|колледжа|техникума|института|университета|детского сада)"
)

SPAN: Final = rf"{_START}(?P<years>{NUMBER})(?:-(?:ти|и|х|ми|го))?\s*(?:\(\s*(?P<again>{NUMBER})\s*\)\s*)?{_UNIT}"
"""Pattern of a span of years, over plain text."""

_DUAL: Final = (
    rf"{_START}(?P<one>50|75)(?:\s*(?:лет|л\.))?\s*/\s*(?P<two>50|75)(?![0-9])(?!\s*[/,-]\s*[0-9])\s*{_UNIT}?"
)
_PERMANENT: Final = (
    rf"{_WORD_START}(?:постоян+о(?:{_GLUED})|постоянн(?:ое|ый) (?:срок )?хранени[ея](?![а-я])"
    rf"|пост(?:\.|(?=\s*(?:$|[;,()<\[*]|[0-9]|{MARK}|{ARTICLE_AHEAD}))))"
)
_LIQUIDATION: Final = (
    rf"{_WORD_START}(?:до (?:ликвидации|ликвид\.?|ликв\.?|лик\.)"
    rf"(?:\s+(?:{_ORGANISATION}|орг-?ции|орг\.)(?![а-я-])(?: \({_ORGANISATION}\))?|{_ALONE})"
    rf"|до л\.\s?о\.|дло(?![а-я])"
    rf"|до прекращения деятельности(?: (?:ип|индивидуального предпринимателя|предпринимателя|{_ORGANISATION})(?![а-я-])"
    rf"|{_ALONE}))"
)
_NOT_NEEDED: Final = (
    rf"{_WORD_START}(?:(?:до|по) мин[оу]вани[яиею] (?:надобности|необходимости)(?:{_GLUED})"
    rf"|до мин(?:ования|ов|уч)?\.? ?(?:надобности|надобн?\.?|над\.)(?![а-я])|д\.\s?м\.\s?н\.|дмн(?:{_GLUED}))"
)
_REPLACED: Final = (
    rf"{_WORD_START}(?:до замены (?:на )?нов(?:ыми|ым|ой|ые|ый|ую|ое)(?:{_GLUED})"
    rf"(?: (?:документ|инструкци|положени|редакци|программ)[а-я]+)?"
    rf"|до замены{_ALONE}|д\.\s?з\.\s?н\.|дзн(?:{_GLUED}))"
)
_CLAIMED: Final = (
    rf"{_WORD_START}до востребования(?:{_GLUED})"
    rf"(?: (?:владельц|собственник|работник|обучающ|слушател|выпускник|учащ|студент)[а-я]+)?"
)
_FIXED: Final = (
    ("dual", _DUAL),
    ("permanent", _PERMANENT),
    ("until_liquidation", _LIQUIDATION),
    ("until_not_needed", _NOT_NEEDED),
    ("until_replaced", _REPLACED),
    ("until_claimed", _CLAIMED),
)
_ANY_FIXED: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in (*_FIXED, ("span", SPAN))))
_PREFIX: Final = re.compile(
    r"(?:(?:установить |установлен )?срок(?: хранения)?|хранить|хран[ия]тся|сохраня[ею]тся|хранение|подлежит хранению"
    r"|подлежат хранению)?\s*[-:]?\s*(?:в течени[еи] )?"
)
_AGE_BASED: Final = re.compile(rf'{SPAN}\s*(?:-\s*"?в"?|"в")(?![а-я"])')
_AT_LEAST: Final = re.compile(rf"не (?:менее|меньше) (?:чем )?(?:{SPAN})")
_FIXED_CORES: Final = tuple((TermKind(name), re.compile(pattern)) for name, pattern in _FIXED)
_SPAN: Final = re.compile(SPAN)
_ONE_YEAR: Final = 1
_DUAL_YEARS: Final = (50, 75)


@dataclass(frozen=True, slots=True)
class Core:
    """What was found: a kind with its figures."""

    kind: TermKind
    years: int | None = None
    dual: tuple[int, int] | None = None


def span_years(found: re.Match[str]) -> int | None:
    """Return the years of a `SPAN`; None if figure and words differ or no term is that long."""
    years = value(found["years"])
    if found["again"] is not None and value(found["again"]) != years:
        return None
    return years if 0 < years <= LONGEST_TERM else None


def find_fixed(text: str, start: int, end: int) -> re.Match[str] | None:
    """Return the first core in a part of a plain text, «До» with an event of its own left aside."""
    for found in _ANY_FIXED.finditer(text, start, end):
        # «2019 г.» is a calendar year.
        if found["span"] is None or value(found["years"]) <= LONGEST_TERM:
            return found
    return None


def take_core(scan: Scan) -> Core | None:
    """Take a core that stands here, with words like «хранить» before it; None, and no step, if none does.

    «До» with an event of its own is not taken here.
    """
    start = scan.at
    scan.take(_PREFIX)
    core = _take_fixed(scan) or _take_span(scan)
    if core is None:
        scan.at = start
    return core


def _take_fixed(scan: Scan) -> Core | None:
    for kind, pattern in _FIXED_CORES:
        found = scan.look(pattern)
        if found is None:
            continue
        if kind is TermKind.DUAL:
            if found["one"] == found["two"]:
                return None
            scan.at = found.end()
            return Core(kind, dual=_DUAL_YEARS)
        scan.at = found.end()
        return Core(kind, _ONE_YEAR if kind is TermKind.UNTIL_NOT_NEEDED else None)
    return None


def _take_span(scan: Scan) -> Core | None:
    for kind, pattern in (
        (TermKind.AGE_BASED, _AGE_BASED),
        (TermKind.MIN_YEARS, _AT_LEAST),
        (TermKind.YEARS, _SPAN),
    ):
        found = scan.look(pattern)
        years = None if found is None else span_years(found)
        if found is not None and years is not None:
            scan.at = found.end()
            return Core(kind, years)
    return None
