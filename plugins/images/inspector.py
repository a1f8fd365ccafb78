"""Does an image decode, whole and within limits? Opening alone proves nothing, so its pixels are read."""

import importlib
import tempfile
import warnings
from pathlib import Path

import pi_heif
from PIL import Image, JpegImagePlugin, UnidentifiedImageError
from pydantic import BaseModel, Field

from core.sdk import Candidate, Fact, Finding, Inspection, Inspector, Severity

# Pillow reads its decoders in when they are asked for: here that is before the children are forked.
for _decoder in ("JpegImagePlugin", "MpoImagePlugin", "PngImagePlugin", "TiffImagePlugin", "WebPImagePlugin"):
    importlib.import_module(f"PIL.{_decoder}")

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
    forgetful = True

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
        if image.format != "TIFF":
            # Only TIFF has pages; what else holds several pictures moves, or keeps a depth map beside a photo.
            _load(image)
            frames = int(getattr(image, "n_frames", 1))
            return (1, None) if frames <= self._settings.max_frames else (None, self._too_many())
        decoded = 0
        for frame in range(self._settings.max_frames):
            try:
                image.seek(frame)
            except EOFError:
                return frame, None
            pixels = image.width * image.height
            if pixels > self._settings.max_pixels:
                raise Image.DecompressionBombError
            decoded += pixels
            if frame == 0 or decoded <= self._settings.decoded_pixels:
                image.load()
        return self._last(image)

    def _last(self, image: Image.Image) -> tuple[int | None, Finding | None]:
        try:
            image.seek(self._settings.max_frames)
        except EOFError:
            return self._settings.max_frames, None
        return None, self._too_many()

    def _too_many(self) -> Finding:
        return _refusal("image_frames", "The file has too many pictures", limit=self._settings.max_frames)


def _load(image: Image.Image) -> None:
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        # Every coefficient is still read, so a cut file is found out, but an eighth of the pixels is computed.
        image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


def _refusal(code: str, message: str, **facts: Fact) -> Finding:
    return Finding(code=code, severity=Severity.REFUSAL, message=message, facts=facts)
