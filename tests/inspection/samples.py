"""Files that tests show to the intake: sound, broken and hostile ones, each made in memory."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(pages: int = 1, *, text: str | None = None, **save: object) -> bytes:
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        if text is not None:
            font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            document.pages[0].Resources = Dictionary(Font=Dictionary(F1=document.make_indirect(font)))
            document.pages[0].Contents = document.make_stream(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode())
        return saved(document, **save)


def saved(document: pikepdf.Pdf, **save: object) -> bytes:
    target = io.BytesIO()
    document.save(target, **save)  # type: ignore[arg-type]
    return target.getvalue()


def pdf_with_root(**entries: pikepdf.Object) -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        for key, value in entries.items():
            document.Root[f"/{key}"] = value
        return saved(document)


def raw_pdf(objects: Mapping[int, bytes], root: int = 1) -> bytes:
    """A PDF of hand-written objects, with a cross-reference table that is right."""
    out = bytearray(b"%PDF-1.7\n")
    offsets: dict[int, int] = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % offsets[number]
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start)
    return bytes(out)


def flat_page_tree(references: int) -> bytes:
    kids = b"3 0 R " * references
    return raw_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (references, kids),
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        }
    )


def nested_page_tree(levels: int = 6) -> bytes:
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for level in range(levels):
        number, child = level + 2, level + 3
        count = 10 ** (levels - level)
        objects[number] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, b"%d 0 R " % child * 10)
    objects[levels + 2] = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 100 100] >>" % (levels + 1)
    return raw_pdf(objects)


def cyclic_page_tree() -> bytes:
    return raw_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [2 0 R] >>",
        }
    )


def double_flate_bomb(blocks: int = 512) -> bytes:
    """A few kilobytes whose page content is 2 GiB of spaces below two layers of Flate."""
    packer = zlib.compressobj(9)
    header = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * (4 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return pdf_with_content(zlib.compress(header + block * blocks, 9), b"[/FlateDecode /FlateDecode]")


def one_layer_bomb(megabytes: int = 160) -> bytes:
    """Some hundred kilobytes whose page content is many megabytes of spaces."""
    return pdf_with_content(zlib.compress(b" " * (megabytes << 20), 9), b"/FlateDecode")


def pdf_with_content(packed: bytes, filters: bytes) -> bytes:
    stream = b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(packed), filters, packed)
    return raw_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R"
            b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
            4: stream,
        }
    )


def encrypted_for_certificates() -> bytes:
    plain = raw_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
            4: b"<< /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s4 /V 2 /Length 128 /Recipients [<00>] >>",
        }
    )
    return plain.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 4 0 R /ID [<00> <00>]")


def signed_pdf() -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        signature = Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/adbe.pkcs7.detached"),
            ByteRange=Array([0, 10, 20, 10]),
            Contents=pikepdf.String(b"\x00" * 8),
        )
        field = Dictionary(FT=Name.Sig, T="Signature", V=document.make_indirect(signature))
        document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(field)]), SigFlags=3)
        return saved(document)


def image(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **save: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 128 if mode in {"L", "I;16"} else None).save(target, kind, **save)
    return target.getvalue()


def tiff(frames: int) -> bytes:
    target = io.BytesIO()
    pictures = [Image.new("1", (8, 8)) for _ in range(frames)]
    pictures[0].save(target, "TIFF", save_all=True, append_images=pictures[1:])
    return target.getvalue()


def animated_png(frames: int) -> bytes:
    target = io.BytesIO()
    pictures = [Image.new("L", (8, 8), number % 256) for number in range(frames)]
    pictures[0].save(target, "PNG", save_all=True, append_images=pictures[1:])
    return target.getvalue()


def photo_with_depth_map() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 64)).save(target, "MPO", save_all=True, append_images=[Image.new("L", (8, 8))])
    return target.getvalue()


def flat_png(width: int, height: int) -> bytes:
    """A one-bit PNG of equal lines, compressed without ever being held in memory."""
    packer = zlib.compressobj(9)
    line = b"\x00" * (1 + (width + 7) // 8)
    lines = line * 512
    packed = b"".join(packer.compress(lines) for _ in range(height // 512)) + packer.compress(line * (height % 512))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed + packer.flush()), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def archive(members: Mapping[str, bytes], **options: object) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as written:  # type: ignore[call-overload]
        for name, content in members.items():
            written.writestr(name, content)
    return target.getvalue()


def office(
    main: str = f"{WORD}.main+xml",
    extra: Mapping[str, bytes] | None = None,
    relationships: str = "",
    overrides: str = "",
    prologue: str = "",
) -> bytes:
    """A word-processing file, or whatever `main` says it is, with further parts and relationships."""
    content_types = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prologue}'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/>{overrides}</Types>'
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{relationships}</Relationships>"
    )
    members = {
        "[Content_Types].xml": content_types.encode(),
        "word/document.xml": b"<document/>",
        "word/_rels/document.xml.rels": rels.encode(),
    }
    return archive(members | dict(extra or {}))


def external(kind: str, target: str = "http://example.org/x") -> str:
    return f'<Relationship Id="r1" Type="{RELATIONSHIPS}/{kind}" Target="{target}" TargetMode="External"/>'


def encrypted_office() -> bytes:
    """The skeleton of an OLE2 container whose directory names the streams of MS-OFFCRYPTO."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
    names = ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    return header + b"".join(name.encode("utf-16-le").ljust(128, b"\x00") for name in names).ljust(512, b"\x00")


def overlapping_archive(entries: int = 4) -> bytes:
    """Every entry of the directory points at the bytes of the first one (a quine of a bomb)."""
    honest = archive({f"{number}.txt": b"a" * 5_000 for number in range(entries)})
    with zipfile.ZipFile(io.BytesIO(honest)) as read:
        infos = read.infolist()
        start = read.start_dir
    kernel = honest[: infos[1].header_offset]
    directory = b""
    for number in range(entries):
        name = f"{number}.txt".encode() if number else infos[0].filename.encode()
        record = _central(infos[0], name)
        directory += record
    assert start
    return kernel + directory + _end(entries, len(directory), len(kernel))


def _central(info: zipfile.ZipInfo, name: bytes) -> bytes:
    return (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20,
            20,
            0,
            info.compress_type,
            0,
            0,
            info.CRC,
            info.compress_size,
            info.file_size,
            len(name),
            0,
            0,
            0,
            0,
            0,
            info.header_offset,
        )
        + name
    )


def _end(entries: int, length: int, offset: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, length, offset, 0)


def lying_archive(name: str = "scan.txt") -> bytes:
    """One member that declares ten bytes and holds a hundred thousand."""
    whole = archive({name: b"a" * 100_000})
    true = struct.pack("<L", 100_000)
    return whole.replace(true, struct.pack("<L", 10))


def encrypted_archive() -> bytes:
    whole = bytearray(archive({"a.txt": b"secret text"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.find(mark) + flags] |= 1
    return bytes(whole)


def cms() -> bytes:
    return b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + bytes(100)


def heic() -> bytes:
    """A photograph of 64 x 48 equal pixels, made once with an encoder that is no part of the product."""
    return base64.b64decode(_HEIC)


_HEIC = (
    b"AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    b"AAAERAAAEAAQAAAAABoQABAAAAAAAAABgAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAA"
    b"AADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkA"
    b"AAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    b"AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAC"
    b"BtZGF0AAAAFCgBrwQY+Mpx19txax/cSAnfEhHn"
)
