"""What stands above the table: the year and the organisation, if it says them clearly, and nothing else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.nomenclature.reading.content import BODY, Line, plain
from retention.nomenclature import Finding, Severity

_YEAR = re.compile(
    r"\bна\s+(2\s?0\s?\d\s?\d|19\d\d)\s*(?:-?\s?[йи]\w*\s*)?(?:календарный\s+)?(?:год|г\b)", re.IGNORECASE
)
_AFTER_NAME = re.compile(r"номенклатура\s+дел\b[^.\d]{0,80}?\b(20\d\d)\s*-?\s*[йи]?\w?\s*(?:год|г\b)", re.IGNORECASE)
_LABELLED_YEAR = re.compile(r"^\s*год\s*:?\s*(20\d\d)\s*$", re.IGNORECASE)
_TWO_YEARS = re.compile(r"\bна\s+(20\d\d)\s*[/\-–—]\s*(?:20)?\d\d\b", re.IGNORECASE)
_APPROVAL = re.compile(r"^\W*(?:утвержд|согласован)", re.IGNORECASE)
_NAME_OF_FORM = re.compile(r"номенклатура|н\s+о\s+м\s+е\s+н\s+к", re.IGNORECASE)
_SIGNED = re.compile(
    r"_{2,}|\b[А-ЯЁ]\.\s?[А-ЯЁ]\.|[«\"]\s*[\d_]+\s*[»\"]|\b\d{1,2}[. ]\d{2}[. ](?:19|20)\d\d|\b20[\d_ ]{2,}\s*г"
)
_FORM = re.compile(
    r"(?:(?:муниципальн|государственн|федеральн|краев|областн|республиканск|городск|районн|частн|негосударственн|автономн|"
    r"бюджетн|казенн|казённ|некоммерческ|профессиональн|православн|религиозн)\w*|общеобразовательн\w+|"
    r"общество\s+с\s+ограниченной|(?:публичное\s+|непубличное\s+|закрытое\s+|открытое\s+)?акционерное\s+общество|"
    r"индивидуальн\w+\s+предпринимател\w+)\b",
    re.IGNORECASE,
)
_SHORT_FORM = re.compile(
    r"(?:[А-ЯЁ]{0,5}(?:ОУ|УДО|УДПО|ДОУ|УПО|ПОУ|ПОО|УО|ОО|АУ|БУ|КУ|ГУ|ЧУ)(?:\s+(?:ДО|ВО|ДПО|СПО))?|ООО|АО|ПАО|ЗАО|АНО|ИП)\b"
    r"\s*(?=[«\"“А-ЯЁ\d№])"
)
_NOUN = re.compile(
    r"учрежден|организаци|предприяти|обществ|предпринимател|школ|гимнази|лице[йя]|колледж|техникум|университет|институт|"
    r"академи|училищ|детск\w+ сад|центр|студи|интернат|кадетск",
    re.IGNORECASE,
)
_POST = re.compile(
    r"\W*(?:генеральн\w+\s+)?(?:директор|ректор|заведующ|зав\.|руководител|начальник|председател|и\.?\s?о\.|врио|зам|протокол|"
    r"приказ|распоряжени|министерств|департамент|управлени|администраци|комитет|отдел|минист|подпис|"
    r"секретар|специалист|делопроизводител|эк\b|эпк|экспертн)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\W*(?:№|n\b|на\s+\d|на\s+_|г\.\s|гор\.|город\s|пос|с\.\s|ул\.|адрес|тел|инн|огрн|место|дата|\d|"
    r"\(?наименование|примечани|раздел|срок|индекс|заголовок|год\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\W*(?:полное\s+)?(?:наименование\s+)?(?:организаци[яи]|учреждени[ея])\s*:\s*(.+)", re.IGNORECASE)
_IN_NAME_OF_FORM = re.compile(r"(?i:номенклатура\s+дел)\s+(\S.{0,200}?)(?=\s+на\s+(?:\d|_)|$)")
_TOKEN = re.compile(r"\d+|[«\"“]([^»\"”]+)[»\"”]")
_NAMED = re.compile(r"[«\"“\d№]|\s[А-ЯЁ]")
"""Without a name of its own «Муниципальное учреждение» is nobody."""
_MOST_PIECES = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """What the heading says; None for what it does not say clearly."""

    year: int | None
    organisation: str | None
    findings: tuple[Finding, ...]


def read_heading(lines: Sequence[Line]) -> Heading:
    """The year of «на … год» and the organisation that stands in the heading."""
    findings: list[Finding] = []
    year = _year(lines, findings)
    organisation = _organisation(lines, findings)
    return Heading(year, organisation, tuple(findings))


def _year(lines: Sequence[Line], findings: list[Finding]) -> int | None:
    texts = [plain(cell.text.replace("_", " ")) for line in lines for cell in line.filled]
    texts += [plain(" ".join(cell.text for cell in line.filled).replace("_", " ")) for line in lines]
    texts.append(plain(" ".join(texts[: len(texts) - len(lines)])))
    years = {int(found[1].replace(" ", "")) for text in texts for found in _YEAR.finditer(text)}
    years = years or {int(found[1]) for text in texts for found in _AFTER_NAME.finditer(text)}
    years = years or {int(found[1]) for text in texts if (found := _LABELLED_YEAR.match(text))}
    two = next((found[0] for text in texts if (found := _TWO_YEARS.search(text))), None)
    if two is not None:
        findings.append(Finding(code="year_spans_two", severity=Severity.WARNING, facts={"text": two}))
        return None
    if len(years) > 1:
        said = ", ".join(str(year) for year in sorted(years))
        findings.append(Finding(code="year_contradictory", severity=Severity.WARNING, facts={"years": said}))
        return None
    return years.pop() if years else None


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    stream: tuple[int | None, int]


class _Approvals:
    """Follows where «УТВЕРЖДАЮ» and «СОГЛАСОВАНО» stand: below and to the right of them stand people and posts."""

    def __init__(self) -> None:
        self._beside: dict[int | None, int] = {}
        self._open: set[tuple[int | None, int]] = set()

    def takes(self, text: str, stream: tuple[int | None, int], *, alone: bool) -> bool:
        """Whether this line belongs to an approval, or names the form."""
        table, column = stream
        if _APPROVAL.match(text):
            self._open.add(stream)
            if column:
                self._beside[table] = min(column, self._beside.get(table, column))
            return True
        if _NAME_OF_FORM.search(text):
            self._open.discard(stream)
            return True
        if table in self._beside and column >= self._beside[table]:
            return True
        if stream not in self._open:
            return False
        if _SIGNED.search(text) and alone:
            self._open.discard(stream)
        return True


def _pieces(lines: Sequence[Line]) -> Iterator[_Piece]:
    """Single lines of the heading, column by column, an empty one where an approval or another column begins."""
    approvals = _Approvals()
    columns: dict[tuple[int | None, int], list[_Piece]] = {}
    for line in lines:
        for cell in line.filled:
            # Each text box is a column of its own.
            stream = (line.table, cell.column if line.source == BODY else -1)
            alone = len(line.filled) == 1 and cell.column == 0
            for text in filter(None, (plain(each) for each in cell.text.split("\n"))):
                # What an approval or the name of the form parts does not belong together.
                taken = approvals.takes(text, stream, alone=alone)
                columns.setdefault(stream, []).append(_Piece("" if taken else text, stream))
    for pieces in columns.values():
        yield from pieces
        yield _Piece("", (None, -1))


def _organisation(lines: Sequence[Line], findings: list[Finding]) -> str | None:
    candidates: list[str] = []
    parts: list[str] = []
    stream: tuple[int | None, int] = (None, -1)
    for piece in _pieces(lines):
        labelled = _LABEL.match(piece.text)
        if labelled:
            return labelled[1].strip()
        begins = _begins(piece.text)
        if parts and (
            begins or piece.stream != stream or not _goes_on(piece.text, parts) or len(parts) == _MOST_PIECES
        ):
            candidates.append(" ".join(parts))
            parts = []
        if begins or (parts and _goes_on(piece.text, parts)):
            parts.append(piece.text)
            stream = piece.stream
    named = [
        each
        for each in dict.fromkeys(candidates)
        if (_NOUN.search(each) or _SHORT_FORM.match(each)) and _NAMED.search(each)
    ]
    if len(named) > 1 and not all(_tokens(named[0]) & _tokens(each) for each in named[1:]):
        facts = {"names": "; ".join(named)}
        findings.append(Finding(code="organisation_contradictory", severity=Severity.WARNING, facts=facts))
        return None
    return named[0] if named else _beside_name_of_form(lines)


def _beside_name_of_form(lines: Sequence[Line]) -> str | None:
    """«Номенклатура дел МБОУ «Школа № 1» на 2025 год»; a full name stands there in the genitive and is not taken."""
    texts = (plain(cell.text) for line in lines for cell in line.filled)
    found = {match[1] for text in texts if (match := _IN_NAME_OF_FORM.search(text)) and _SHORT_FORM.match(match[1])}
    return found.pop() if len(found) == 1 else None


def _begins(text: str) -> bool:
    if _POST.match(text) or _NAME_OF_FORM.search(text) or not text[:1].isalpha():
        return False
    if _FORM.match(text) or _SHORT_FORM.match(text):
        return True
    return text[0].isupper() and _NOUN.search(text) is not None and not _STOP.match(text)


def _goes_on(text: str, parts: Sequence[str]) -> bool:
    whole = "".join(parts)
    if text and whole.count("«") > whole.count("»"):
        # Within quotation marks «А.С. Пушкина» signs nothing.
        return True
    if not text or _STOP.match(text) or _POST.match(text) or _NAME_OF_FORM.search(text):
        return False
    return not _SIGNED.search(text)


def _tokens(name: str) -> set[str]:
    return {(found[1] or found[0]).casefold() for found in _TOKEN.finditer(name)}
