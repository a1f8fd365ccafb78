"""A reading in one short line, so that tables of cells stay readable."""

from retention.explaining import explain
from retention.grammar import read


def told(term: str, footnote: str = "", *, article: str = "") -> str:
    """«years 5 ЭПК after replaced; upgrade; ст. 19 б; remark …»; of a cell in doubt «? » and the words in doubt."""
    reading = read(term, footnote, article=article)
    if reading.rule is None:
        return "? " + " ".join(reading.not_understood)
    said = explain(reading)
    start = "from" if said["counting"] == "moment" else "after"
    core = [
        said["kind"],
        said["years"],
        said["mark"],
        *(f"{start} {event.code}" for event in reading.rule.term.triggers),
    ]
    parts = [" ".join(str(part) for part in core if part is not None)]
    parts += [condition.type for condition in reading.rule.conditions]
    parts += [article.raw for article in reading.rule.articles]
    parts += [f"remark {remark}" for remark in reading.rule.remarks]
    return "; ".join(parts)
