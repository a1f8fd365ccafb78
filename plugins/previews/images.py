"""Images as smaller JPEG pictures, upright and on white."""

import warnings
from pathlib import Path

import pi_heif
from PIL import Image, ImageOps

from core.sdk import Candidate, RenderedPage, Renderer

QUALITY = 80
MAX_PIXELS = 100_000_000
_FORMATS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/tiff": ("TIFF",),
    "image/webp": ("WEBP",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF",),
}

pi_heif.register_heif_opener()


class ImageRenderer(Renderer):
    """Scales down; every picture of a file with several becomes a page."""

    name = "image_pages"
    media_types = frozenset(_FORMATS)

    def render(self, candidate: Candidate, folder: Path, *, pages: int, pixels: int) -> tuple[RenderedPage, ...]:
        """Write `1.jpg`, `2.jpg`, …; raises what Pillow raises for pixels that do not decode."""
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        rendered: list[RenderedPage] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(candidate.path, formats=_FORMATS[candidate.media_type]) as image:
                wanted = pages if image.format == "TIFF" else min(pages, 1)
                for number in range(1, wanted + 1):
                    try:
                        image.seek(number - 1)
                    except EOFError:
                        break
                    rendered.append(_render_frame(image, number, folder, pixels))
        return tuple(rendered)


def _render_frame(image: Image.Image, number: int, folder: Path, pixels: int) -> RenderedPage:
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    if image.format == "JPEG":
        image.draft(image.mode, (pixels, pixels))
    picture = image.copy()
    picture.thumbnail((pixels, pixels))
    picture = _on_white(ImageOps.exif_transpose(picture))
    path = folder / f"{number}.jpg"
    picture.save(path, "JPEG", quality=QUALITY)
    return RenderedPage(number=number, path=path, media_type="image/jpeg", width=picture.width, height=picture.height)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        # Deep grey: what a screen shows are the upper eight of sixteen bits.
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        ground = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(ground, coloured).convert("RGB")
    return picture.convert("RGB")
