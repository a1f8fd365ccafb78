"""The basis of a term: articles of lists (статьи перечней), orders, decisions; never changes a date."""

import re
from dataclasses import replace
from typing import Final

from retention.cores import MARK, find_fixed
from retention.phrases import REFERENCE
from retention.scanning import Scan, Text, closing_bracket
from retention.terms import Article

_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)*"
_UNIT_AHEAD: Final = r"(?!\s*(?:\([^()]*\)\s*)?(?:лет|год|г\.?(?![а-я])\s*(?:$|эпк)|л\.?(?![а-я])|/|[0-9.]))"
_RANGE: Final = rf"(?:\s*-\s*(?P<range>{_NUMBER}){_UNIT_AHEAD})?"
_ITEM: Final = re.compile(rf"(?P<number>{_NUMBER})(?!\s*(?:лет|год)|[0-9.]*[0-9]){_RANGE}")
# Without «ст.» a number may begin a term: «ст. 19, 5 лет».
_NEXT_ITEM: Final = re.compile(rf"(?P<number>{_NUMBER}){_UNIT_AHEAD}{_RANGE}")
_LETTER_HERE: Final = re.compile(
    r"\s*-?\s*(?P<quote>\"?)(?P<letter>[а-я](?:-[а-я](?![а-я]))?)(?P=quote)(?![а-я0-9])"
    r"(?<!п(?=\.))(?<!ч(?=\.))(?!\s+(?:момента|даты|дня|[0-9]+\s*(?:,|и\s|$|ст)))\)?"
)
_MORE_LETTERS: Final = re.compile(
    r"\s*(?:,|и)\s*(?P<quote>\"?)(?P<letter>[а-я])(?P=quote)(?![а-я0-9])(?<!п(?=\.))(?<!ч(?=\.))"
)
_PREFIX: Final = re.compile(
    r"(?<![а-я])(?P<kind>ст\.?\s?ст\.?|ст(?:атья|атьи|атей|атью|\.)?|п\.?\s?п\.?|п(?:ункт|ункты|ункта)?\.?|подп\.|§|ч\.)"
    r"\s*(?:№\s*)?(?=[0-9])"
)
_MORE: Final = re.compile(rf"\s*(?:[,;]|и)\s*(?=(?:(?:ст(?:атья|атьи|\.)?|п\.)\s*)?{_NUMBER})")
"""Between two articles of one enumeration."""
_LIST_BEFORE: Final = re.compile(
    r"(?:по )?(?P<list>(?:перечень|перечня|перечню|пер\.|приказ|пр\.)\s*(?:№\s*)?[0-9]+(?:-[а-я0-9]+)?(?: г\.)?"
    r"|пту[дп](?:-?[0-9]{4})?|птад(?:-?[0-9]{4})?)\s*,?\s*(?=(?:ст|п\.))"
)
_LIST_AFTER: Final = re.compile(
    r"\s*,?\s*(?:(?:по )?(?P<list>(?:типово(?:й|го|му) |ведомственн(?:ый|ого|ому) )?переч(?:ень|ня|ню)"
    r"(?:[-\s]*№?\s*[0-9]+(?: ?г(?:\.|ода)?)?)?"
    r"|пту[дп](?:[- ]?[0-9]{4})?|птад(?:[- ]?[0-9]{4})?|№\s*[0-9]+(?:-[а-я]+)?"
    r"|приказа? (?:росархива|минкультуры|минпросвещения|минобрнауки)(?: от [0-9.]+(?: г\.)?)?(?: №\s*[0-9]+)?)"
    r"|\((?P<bracket>[^()]*(?:переч|пту[дп]|птад|приказ|росархив|№)[^()]*)\))(?![а-я])"
)
_CODE_AFTER: Final = re.compile(
    rf"\s+(?P<list>(?!{MARK}|дмн|дзн)[а-я]{{2,10}}(?:[- ]?[0-9]{{2,4}})?)(?![а-я0-9]|\s*(?:лет|год|/))"
)
_FREE_START: Final = re.compile(
    rf"(?<![а-я])(?:(?:по )?решени[еюя] (?:ип|руководителя|директора|комиссии|экспертн|{MARK})"
    r"|приказ(?:а|у|ом)?(?![а-я])"
    rf"|письм(?:о|а|у)(?![а-я])|распоряжени[ея]|постановлени[ея]|протокол(?:а|у|ом)? (?:{MARK}|№|от|заседания)"
    rf"|(?:федеральн(?:ый|ого) )?закона?(?![а-я])|[0-9]+-фз|№ ?[0-9]+-?(?:фз)?|(?:нк|тк|гк|коап) рф|пту[дп]|птад"
    rf"|перечень|порядок(?! )|порядка)"
)
_MARK: Final = re.compile(rf"(?<![а-я]){MARK}")
# «Приказ о продлении срока хранения» is no basis of the term: it names another.
_OTHER_TERM: Final = r"(?:продл|увелич|приостан)[а-я]+"
_NOT_BASIS: Final = re.compile(
    rf"(?<![а-я])(?:{_OTHER_TERM}|кроме|если|при|не (?:менее|более|ранее|позднее|меньше)|но|после|до|с момента"
    r"|за исключением|исключая|хран[ия]тся|хранить|уничтож[а-я]+|однако|только|свыше|лет|год[а]?)(?![а-я])"
)


def take_basis(scan: Scan) -> tuple[Article, ...]:
    """Take articles or a named act that stand here, in a cell that also holds a term; nothing if none does."""
    before = scan.at
    listed = scan.take(_LIST_BEFORE)
    articles = _take_enumeration(scan, None if listed is None else scan.shown(listed, "list"), strict=True)
    if articles:
        return articles
    scan.at = before
    return _take_free(scan)


def read_basis(text: Text) -> tuple[tuple[Article, ...], tuple[str, ...]]:
    """Return the articles of a column of its own, and the parts of it that speak of terms or conditions instead."""
    articles: list[Article] = []
    doubtful: list[str] = []
    for start, end in _parts(text):
        shown = text.part(start, end)
        if not shown:
            continue
        if find_fixed(text.plain, start, end) or _CONDITION.search(text.plain, start, end):
            doubtful.append(shown)
        else:
            articles += _read_part(text, start, end)
    return tuple(articles), tuple(doubtful)


_CONDITION: Final = re.compile(
    rf"(?<![а-я])(?:{_OTHER_TERM}|кроме|если|не (?:менее|более|ранее|позднее|меньше)|за исключением|эпк|цэк)(?![а-я])"
)


def _parts(text: Text) -> list[tuple[int, int]]:
    places = [found.start() for found in re.finditer(";", text.plain)]
    return list(zip([0, *(place + 1 for place in places)], [*places, len(text.plain)], strict=True))


def _read_part(text: Text, start: int, end: int) -> list[Article]:
    prefix = _PREFIX.search(text.plain, start, end)
    scan = Scan(text, start if prefix is None else prefix.start(), end)
    before = "" if prefix is None else text.part(start, prefix.start())
    bare = prefix is None
    scan.at += len(text.plain[scan.at : end]) - len(text.plain[scan.at : end].lstrip())
    articles = _take_enumeration(scan, before or None, strict=False, bare=bare)
    rest = text.part(scan.at, end).strip(". ")
    if not articles or (rest and bare):
        return [Article(raw=text.part(start, end))]
    if not rest:
        return list(articles)
    return [*articles[:-1], _with_list(articles[-1], rest)]


def _take_enumeration(scan: Scan, listed: str | None, *, strict: bool, bare: bool = False) -> tuple[Article, ...]:
    """Take «ст. 19 а, б, ст. 20-22»; `listed` is the list named before it, `bare` allows a number without «ст.»."""
    articles: list[Article] = []
    prefix = scan.take(_PREFIX)
    if prefix is None and not bare:
        return ()
    kind = "ст." if prefix is None or prefix["kind"].startswith("ст") else _abbreviation(prefix["kind"])
    item = scan.take(_ITEM)
    while item is not None:
        articles += _take_item(scan, item, kind, listed, strict=strict)
        before = scan.at
        if scan.take(_MORE) is None:
            break
        again = scan.take(_PREFIX)
        kind = kind if again is None else _abbreviation(again["kind"])
        item = scan.take(_NEXT_ITEM if again is None else _ITEM)
        if item is None:
            scan.at = before
    return tuple(articles)


def _take_item(scan: Scan, item: re.Match[str], kind: str, listed: str | None, *, strict: bool) -> list[Article]:
    letters: list[str | None] = []
    letter = scan.take(_LETTER_HERE)
    while letter is not None:
        letters.append(letter["letter"])
        letter = scan.take(_MORE_LETTERS)
    after = _list_after(scan) or (_code_after(scan) if strict else None)
    if after is not None:
        listed = scan.shown(after, "bracket" if after.groupdict().get("bracket") else "list")
    number, last = item["number"], item["range"]
    return [_article(kind, number, last, letter, listed) for letter in letters or [None]]


def _list_after(scan: Scan) -> re.Match[str] | None:
    found = scan.look(_LIST_AFTER)
    if found is None or _NOT_BASIS.search(found[0]):
        return None
    if find_fixed(scan.text.plain, found.start(), found.end()) is not None:
        return None
    return scan.take(_LIST_AFTER)


def _code_after(scan: Scan) -> re.Match[str] | None:
    # A list code is an abbreviation in capitals: «ст. 67 ПТУД-2019».
    found = scan.look(_CODE_AFTER)
    if found is None or not scan.shown(found, "list").isupper() or scan.text.shown.isupper():
        return None
    return scan.take(_CODE_AFTER)


def _article(kind: str, number: str, last: str | None, letter: str | None, listed: str | None) -> Article:
    raw = f"{kind} {number}" + (f"-{last}" if last else "") + (f" {letter}" if letter else "")
    article = Article(raw=raw, number=number, range=last, letter=letter)
    return article if listed is None else _with_list(article, listed)


def _with_list(article: Article, listed: str) -> Article:
    bracketed = listed.startswith("(") and closing_bracket(listed, 0) == len(listed) - 1
    code = listed[1:-1].strip() if bracketed else listed
    code = code if article.list_code is None else f"{article.list_code}, {code}"
    raw = article.raw.split(" (")[0]
    return replace(article, raw=f"{raw} ({code})", list_code=code)


def _abbreviation(kind: str) -> str:
    if kind.startswith("ст"):
        return "ст."
    return kind if kind == "§" else f"{kind[0]}."


def _take_free(scan: Scan) -> tuple[Article, ...]:
    named = scan.look(_FREE_START)
    if named is None:
        return ()
    end = scan.clause_end()
    text = scan.text.plain
    for found in (find_fixed(text, scan.at, end), REFERENCE.search(text, named.end(), end)):
        end = end if found is None else min(end, found.start())
    # A mark after the name of the act may be the mark of the term.
    if _NOT_BASIS.search(text, named.end(), end) or _MARK.search(text, named.end(), end):
        return ()
    raw = scan.text.part(scan.at, end)
    scan.at = end
    return (Article(raw=raw),)
