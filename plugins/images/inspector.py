"""Does an image decode, whole and within limits? Opening alone proves nothing, so its pixels are read."""

import tempfile
import warnings
from pathlib import Path

import pi_heif
from PIL import Image, MpoImagePlugin, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin
from pydantic import BaseModel, Field

from core.sdk import Candidate, Fact, Finding, Inspection, Inspector, Severity

_FORMATS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/tiff": ("TIFF",),
    "image/webp": ("WEBP",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF",),
}

pi_heif.register_heif_opener()


class ImageSettings(BaseModel):
    """Limits of the image plugin, the table `[plugins.images]`."""

    max_pixels: int = Field(default=100_000_000, ge=1_000_000)
    """Of one picture; A3 at 600 dpi has 70 million."""
    max_frames: int = Field(default=200, ge=1)
    decoded_pixels: int = Field(default=200_000_000, ge=1_000_000)
    """Pixels decoded of a file with several pictures; the sizes of the others are checked all the same."""


class ImageInspector(Inspector):
    """Decodes with Pillow, by an allow-list of formats."""

    name = "images"
    media_types = frozenset(_FORMATS)

    def __init__(self, settings: ImageSettings) -> None:
        self._settings = settings

    def prepare(self) -> None:
        """Decode a picture of our own once: the decoders set themselves up at their first use."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "own.jpg"
            Image.new("RGB", (64, 64)).save(path)
            size = path.stat().st_size
            self.inspect(Candidate(path=path, file_name=path.name, size=size, sha256="", media_type="image/jpeg"))

    def inspect(self, candidate: Candidate) -> Inspection:
        """Open, measure, decode; exceptions of every type come out of decoders, all of them mean a broken image."""
        facts: dict[str, Fact] = {}
        pages: int | None = None
        Image.MAX_IMAGE_PIXELS = self._settings.max_pixels
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(candidate.path, formats=_FORMATS[candidate.media_type]) as image:
                    facts |= {"width": image.width, "height": image.height, "mode": image.mode}
                    pages, refusal = self._decode(image)
        except MemoryError:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            refusal = _refusal("image_pixels", "The image has too many pixels", limit=self._settings.max_pixels)
        except UnidentifiedImageError:
            refusal = _refusal("image_broken", "The image cannot be opened")
        except Exception as error:  # noqa: BLE001  decoders raise anything, KeyError and SyntaxError included
            refusal = _refusal("image_broken", "The image cannot be decoded", error=type(error).__name__)
        return Inspection(findings=(refusal,) if refusal else (), pages=pages, facts=facts)

    def _decode(self, image: Image.Image) -> tuple[int | None, Finding | None]:
        decoded = 0
        for frame in range(self._settings.max_frames + 1):
            try:
                image.seek(frame)
            except EOFError:
                return frame, None
            if frame == self._settings.max_frames:
                return None, _refusal("image_frames", "The file has too many pictures", limit=frame)
            pixels = image.width * image.height
            if pixels > self._settings.max_pixels:
                raise Image.DecompressionBombError
            decoded += pixels
            if frame == 0 or decoded <= self._settings.decoded_pixels:
                _load(image)
        return None, None


def _load(image: Image.Image) -> None:
    if image.format == "JPEG":
        # Every coefficient is still read, so a cut file is found out, but an eighth of the pixels is computed.
        image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


def _refusal(code: str, message: str, **facts: Fact) -> Finding:
    return Finding(code=code, severity=Severity.REFUSAL, message=message, facts=facts)
