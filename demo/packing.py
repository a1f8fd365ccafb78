"""Puts pages into the files that scanners and telephones produce."""

import io
from collections.abc import Sequence
from datetime import date
from itertools import count

import pikepdf
from PIL import Image

_POINTS_PER_INCH = 72
_ORIENTATION_TURNED_RIGHT = 6
_EXIF_FOLDER = 0x8769
_MAKE, _MODEL, _ORIENTATION, _DATE_TIME, _DATE_TIME_ORIGINAL = 0x010F, 0x0110, 0x0112, 0x0132, 0x9003


def jpeg(page: Image.Image, quality: int) -> bytes:
    """One page as a baseline JPEG."""
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def pdf_of_jpegs(pages: Sequence[Image.Image], dpi: int, title: str, scanned_on: date, quality: int = 72) -> bytes:
    """A scanner's PDF: each page is one JPEG, embedded as it is."""
    pdf = pikepdf.new()
    for page in pages:
        picture = pikepdf.Stream(
            pdf,
            jpeg(page, quality),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=page.width,
            Height=page.height,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceGray if page.mode == "L" else pikepdf.Name.DeviceRGB,
            Filter=pikepdf.Name.DCTDecode,
        )
        width, height = (round(side * _POINTS_PER_INCH / dpi, 2) for side in page.size)
        leaf = pdf.add_blank_page(page_size=(width, height))
        name = leaf.add_resource(picture, pikepdf.Name.XObject, pikepdf.Name.Im0)
        leaf.Contents = pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm {name} Do Q".encode())
    pdf.docinfo["/Title"] = title
    pdf.docinfo["/Creator"] = "Primer ScanStation 200"
    pdf.docinfo["/Producer"] = "Primer ScanStation 200, firmware 1.0"
    pdf.docinfo["/CreationDate"] = f"D:{scanned_on:%Y%m%d}101500+03'00'"
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def photo(picture: Image.Image, taken_on: date, *, turned: bool) -> bytes:
    """A telephone's JPEG with EXIF of an invented device; `turned` stores it sideways and says so."""
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL] = "Primer", "Obrazets 5"
    exif[_DATE_TIME] = f"{taken_on:%Y:%m:%d} 10:15:00"
    exif.get_ifd(_EXIF_FOLDER)[_DATE_TIME_ORIGINAL] = exif[_DATE_TIME]
    exif[_ORIENTATION] = _ORIENTATION_TURNED_RIGHT if turned else 1
    stored = picture.transpose(Image.Transpose.ROTATE_90) if turned else picture
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", quality=82, exif=exif)
    return buffer.getvalue()


def png(page: Image.Image, dpi: int) -> bytes:
    """One page as PNG with 256 colours, as office scanners write it."""
    buffer = io.BytesIO()
    page.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


def fax_tiff(pages: Sequence[Image.Image], dpi: int) -> bytes:
    """A black-and-white TIFF of several pages, CCITT group 4, as archives keep them."""
    bilevel = [page.convert("L").point(_BLACK_OR_WHITE, "1") for page in pages]
    buffer = io.BytesIO()
    bilevel[0].save(buffer, "TIFF", save_all=True, append_images=bilevel[1:], compression="group4", dpi=(dpi, dpi))
    return buffer.getvalue()


_BLACK_OR_WHITE = [0 if level < 150 else 255 for level in range(256)]


def pdf_of_ready_jpegs(pages: Sequence[tuple[bytes, tuple[int, int]]], dpi: int, title: str, mark: str) -> bytes:
    """A PDF around ready grey JPEGs (bytes, size in pixels), written by hand because thousands are wanted quickly.

    `mark` is 32 hexadecimal digits and becomes the /ID.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(f"<< /Title ({title}) /Producer (Primer ScanStation 200) >>".encode("ascii"))
    leaves = []
    for content, (width, height) in pages:
        wide, high = width * _POINTS_PER_INCH // dpi, height * _POINTS_PER_INCH // dpi
        drawing = f"q {wide} 0 0 {high} 0 0 cm /Im0 Do Q".encode()
        first = len(objects) + 1
        leaves.append(first)
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide} {high}] /Contents {first + 1} 0 R"
            f" /Resources << /XObject << /Im0 {first + 2} 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray"
            b" /Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (width, height, len(content), content),
        ]
    kids = " ".join(f"{leaf} 0 R" for leaf in leaves)
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(leaves)} >>".encode()
    return _serialised(objects, mark)


def _serialised(objects: Sequence[bytes], mark: str) -> bytes:
    parts, offsets, position = [b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"], [], 15
    for number, body in zip(count(1), objects, strict=False):
        part = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        offsets.append(position)
        position += len(part)
        parts.append(part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R /ID [<{mark}> <{mark}>] >>".encode()
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, trailer, position))  # fmt: skip
    return b"".join(parts)
