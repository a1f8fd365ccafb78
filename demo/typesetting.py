"""Sets invented documents in type and turns them into pixels, the same for the same data everywhere."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2
import typst

Pixels = npt.NDArray[np.uint8]
"""Height × width × 3, red, green, blue."""

_TEMPLATES = Path(__file__).parent / "templates"
_POINTS_PER_INCH = 72


def typeset(template: str, data: Mapping[str, object], produced_on: date) -> bytes:
    """A born-digital PDF from `templates/<template>.typ`; data go in as values, never as source text."""
    moment = datetime(produced_on.year, produced_on.month, produced_on.day, 9, tzinfo=UTC)
    return typst.compile(
        _TEMPLATES / f"{template}.typ",
        root=_TEMPLATES,
        ignore_system_fonts=True,  # equal pictures on every machine
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(moment.timestamp()),
    )


def rasterised(pdf: bytes, dpi: int) -> list[Pixels]:
    """The pages of a PDF as pixels."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            np.array(page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True).to_numpy()[:, :, :3], dtype=np.uint8)
            for page in document
        ]
    finally:
        document.close()
