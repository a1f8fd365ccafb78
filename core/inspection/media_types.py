"""The media types the intake knows, and the extensions that go with each."""

from collections.abc import Mapping

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
TIFF = "image/tiff"
WEBP = "image/webp"
HEIC = "image/heic"
HEIF = "image/heif"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OOXML = "application/vnd.openxmlformats-officedocument"
OLE = "application/x-ole-storage"
ENCRYPTED = "application/encrypted"
TEXT = "text/plain"
CSV = "text/csv"
SIGNATURE = "application/pkcs7-signature"
UNKNOWN = "application/octet-stream"

IMAGES = frozenset({JPEG, PNG, TIFF, WEBP, HEIC, HEIF})
OFFICE = frozenset({DOCX, XLSX})
TEXTS = frozenset({TEXT, CSV})

EXTENSIONS: Mapping[str, frozenset[str]] = {
    PDF: frozenset({"pdf"}),
    JPEG: frozenset({"jpg", "jpeg", "jpe", "jfif"}),
    PNG: frozenset({"png"}),
    TIFF: frozenset({"tif", "tiff"}),
    WEBP: frozenset({"webp"}),
    HEIC: frozenset({"heic", "heif"}),
    HEIF: frozenset({"heif", "heic"}),
    "image/heic-sequence": frozenset({"heics", "heic"}),
    "image/avif": frozenset({"avif"}),
    "image/gif": frozenset({"gif"}),
    "image/bmp": frozenset({"bmp"}),
    "image/svg+xml": frozenset({"svg"}),
    "image/vnd.djvu": frozenset({"djvu", "djv"}),
    ZIP: frozenset({"zip"}),
    DOCX: frozenset({"docx"}),
    XLSX: frozenset({"xlsx"}),
    PPTX: frozenset({"pptx"}),
    OOXML: frozenset({"dotx", "xltx", "potx", "ppsx", "vsdx"}),
    "application/vnd.oasis.opendocument.text": frozenset({"odt"}),
    "application/vnd.oasis.opendocument.spreadsheet": frozenset({"ods"}),
    "application/vnd.oasis.opendocument.presentation": frozenset({"odp"}),
    OLE: frozenset({"doc", "xls", "ppt", "msg", "msi"}),
    ENCRYPTED: frozenset({"docx", "xlsx", "pptx"}),
    TEXT: frozenset({"txt", "text", "log", "md", "jsonl"}),
    CSV: frozenset({"csv", "tsv"}),
    "application/xml": frozenset({"xml"}),
    "application/json": frozenset({"json"}),
    "application/rtf": frozenset({"rtf"}),
    SIGNATURE: frozenset({"sig", "p7s", "sgn", "p7m"}),
    "video/mp4": frozenset({"mp4", "m4v"}),
    "video/quicktime": frozenset({"mov", "qt"}),
    "video/webm": frozenset({"webm"}),
    "video/x-matroska": frozenset({"mkv"}),
    "video/x-msvideo": frozenset({"avi"}),
    "audio/mp4": frozenset({"m4a", "mp4"}),
    "audio/mpeg": frozenset({"mp3"}),
    "audio/ogg": frozenset({"ogg", "oga", "opus"}),
    "audio/wav": frozenset({"wav"}),
    "audio/flac": frozenset({"flac"}),
    "application/x-rar": frozenset({"rar"}),
    "application/x-7z-compressed": frozenset({"7z"}),
    "application/gzip": frozenset({"gz", "tgz"}),
    "application/x-bzip2": frozenset({"bz2"}),
    "application/x-xz": frozenset({"xz"}),
    "application/zstd": frozenset({"zst"}),
    "application/x-tar": frozenset({"tar"}),
    "application/vnd.ms-cab-compressed": frozenset({"cab"}),
}

ARCHIVES = frozenset(
    {
        ZIP,
        "application/x-rar",
        "application/x-7z-compressed",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "application/x-tar",
        "application/vnd.ms-cab-compressed",
    }
)
ARCHIVE_EXTENSIONS = frozenset().union(*(EXTENSIONS[archive] for archive in ARCHIVES)) | {"jar", "iso", "arj", "lzh"}

EXECUTABLE_EXTENSIONS = frozenset(
    [
        "apk",
        "app",
        "appimage",
        "bat",
        "bin",
        "cmd",
        "chm",
        "class",
        "com",
        "cpl",
        "deb",
        "dll",
        "dmg",
        "elf",
        "exe",
        "gadget",
        "hta",
        "htm",
        "html",
        "inf",
        "ins",
        "iso",
        "jar",
        "js",
        "jse",
        "ko",
        "lnk",
        "mht",
        "mhtml",
        "msc",
        "msi",
        "msp",
        "mst",
        "ocx",
        "php",
        "phtml",
        "pif",
        "pl",
        "ps1",
        "psm1",
        "py",
        "pyc",
        "reg",
        "rpm",
        "run",
        "scf",
        "scr",
        "sh",
        "shtml",
        "so",
        "svg",
        "sys",
        "url",
        "vb",
        "vbe",
        "vbs",
        "wasm",
        "ws",
        "wsc",
        "wsf",
        "wsh",
        "xht",
        "xhtml",
        "xll",
        "xsl",
    ]
)
"""What a double click or a browser would run; refused whatever the content looks like."""

_ALIASES = {
    "image/jpg": JPEG,
    "image/pjpeg": JPEG,
    "image/x-png": PNG,
    "image/tif": TIFF,
    "image/heif": HEIC,
    "application/x-pdf": PDF,
    "application/x-zip-compressed": ZIP,
    "application/pkcs7-mime": SIGNATURE,
    "application/x-pkcs7-signature": SIGNATURE,
    "application/pgp-signature": SIGNATURE,
}
_SAYS_NOTHING = frozenset(
    {
        "",
        UNKNOWN,
        "binary/octet-stream",
        "application/x-download",
        "application/force-download",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }
)
_TEXT_LIKE = TEXTS | {SIGNATURE}


def contradicts(declared: str | None, detected: str) -> bool:
    """Whether a declared media type names a type the intake knows, and another one than the content is."""
    bare = (declared or "").partition(";")[0].strip().lower()
    if bare in _SAYS_NOTHING:
        return False
    canonical = _ALIASES.get(bare, bare)
    if canonical not in EXTENSIONS or canonical == _ALIASES.get(detected, detected):
        return False
    if detected == ENCRYPTED:
        return canonical not in {DOCX, XLSX, PPTX}
    both_text = canonical in _TEXT_LIKE and detected in _TEXT_LIKE
    return not both_text


def extension_of(name: str) -> str:
    """The extension of a cleaned file name in lower case without its dot; empty if it has none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""
