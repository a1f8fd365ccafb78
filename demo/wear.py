"""What happens to paper between the printer and the file: tint, seal, signature, skew, noise, uneven light."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from demo.typesetting import Pixels

Plane = npt.NDArray[np.float32]
"""Height × width."""
Colour = tuple[int, int, int]
Point = tuple[float, float]
"""Across and down, as fractions of the sheet."""

_NOISE_TILE = 700
_PEN: Colour = (38, 52, 138)


def multiplied(lower: Pixels, upper: Pixels) -> Pixels:
    """Two layers of ink on the same paper."""
    return (lower.astype(np.uint16) * upper // 255).astype(np.uint8)


@lru_cache(maxsize=6)
def guilloche(height: int, width: int, ink: Colour, paper: Colour, middles: tuple[float, ...]) -> Pixels:
    """Security paper: interlaced fine waves, and a rosette at each of the `middles` (fractions of the width)."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(height)
    lines = np.zeros((height, width), dtype=np.float32)
    for bend, slant in ((9.0, 0.6), (13.0, -0.45)):
        wave = down + slant * across * 0.1 + 0.02 * np.sin(bend * across * 3.1) + 0.012 * np.sin(23 * across + 7 * down)
        lines += _fine_line(wave * 430)
    for middle in middles:
        x, y = across - middle * width / height, down - 0.5
        radius, angle = np.hypot(x, y), np.arctan2(y, x)
        fade = np.clip((0.33 - radius) * 12, 0, 1)
        for petals, turn in ((12, 0.0), (16, 0.3)):
            rosette = radius * (1 + 0.05 * np.sin(petals * angle + turn)) + 0.012 * np.sin(2 * petals * angle)
            lines += _fine_line(rosette * 380) * fade
    strength = (np.clip(lines, 0, 1.6) * 0.3)[:, :, None]
    blended = np.array(paper, np.float32) * (1 - strength) + np.array(ink, np.float32) * strength
    return blended.astype(np.uint8)


def _fine_line(phase: Plane) -> Plane:
    return np.clip(np.cos(phase) * 2.2 - 1.5, 0, 1).astype(np.float32)


def tinted(height: int, width: int, paper: Colour) -> Pixels:
    """Plain paper of one colour."""
    return np.full((height, width, 3), paper, dtype=np.uint8)


def sealed(sheet: Pixels, seal: Pixels, centre: Point, rng: np.random.Generator) -> Pixels:
    """The sheet with a seal on it: turned by hand, inked unevenly."""
    turned = Image.fromarray(seal).rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    size = turned.width
    cloud = Image.fromarray(rng.integers(0, 256, (9, 9), dtype=np.uint8)).resize((size, size), Image.Resampling.BICUBIC)
    grain = rng.uniform(0.75, 1.0, (size, size)).astype(np.float32)
    cover = (0.5 + 0.5 * np.asarray(cloud, np.float32) / 255) * grain
    inked = 255 - (255 - np.asarray(turned, np.float32)) * cover[:, :, None]
    top = int(centre[1] * sheet.shape[0] - size / 2)
    left = int(centre[0] * sheet.shape[1] - size / 2)
    result = sheet.copy()
    below = result[top : top + size, left : left + size]
    result[top : top + size, left : left + size] = multiplied(
        below, inked[: below.shape[0], : below.shape[1]].astype(np.uint8)
    )
    return result


def signed(sheet: Pixels, places: Sequence[Point], rng: np.random.Generator) -> Pixels:
    """The sheet with a signature beginning at each place."""
    height, width = sheet.shape[:2]
    layer = Image.new("RGB", (width, height), (255, 255, 255))
    pen = ImageDraw.Draw(layer)
    for across, down in places:
        stroke = _scribble(rng, across * width, down * height, height / 2000)
        for start, end in pairwise(stroke):
            pressure = 1.4 + 1.6 * abs(np.sin(start[0] / (38 * height / 2000)))
            pen.line([start, end], fill=_PEN, width=max(1, round(pressure * height / 1700)))
    return multiplied(sheet, np.asarray(layer.filter(ImageFilter.BoxBlur(0.6))))


def _scribble(rng: np.random.Generator, left: float, base: float, scale: float) -> list[Point]:
    """A capital with a loop, a run of letters growing flatter, and a tail."""
    time = np.linspace(0, 1, 420)
    run = 210 * scale * time ** rng.uniform(0.9, 1.15)
    beats = rng.uniform(8, 12)
    loop = 17 * scale * np.cos(2 * np.pi * beats * time + rng.uniform(0, 6)) * (1 - 0.5 * time)
    tall = np.where(time < 0.16, 3.1, np.where(time > 0.86, 1.9, 1.0)) * rng.uniform(0.85, 1.15)
    swing = 14 * scale * tall * np.sin(2 * np.pi * beats * time) * (1 - 0.45 * time)
    drift = rng.uniform(-0.08, 0.03) * run + 5 * scale * np.sin(2 * np.pi * 1.3 * time + rng.uniform(0, 6))
    smooth = np.ones(13) / 13
    across = np.convolve(np.pad(left + run + loop, 6, mode="edge"), smooth, "valid")
    down = np.convolve(np.pad(base + swing + drift, 6, mode="edge"), smooth, "valid")
    return list(zip(across.tolist(), down.tolist(), strict=True))


def scanned(sheet: Pixels, rng: np.random.Generator, *, grey: bool = False) -> Image.Image:
    """The sheet as a flat-bed scanner sees it: a little askew, soft, noisy, darker towards one edge."""
    lid = tuple(int(level) for level in rng.integers(196, 214, 1).repeat(3))
    skewed = Image.fromarray(sheet).rotate(
        rng.uniform(-0.9, 0.9),
        Image.Resampling.BILINEAR,
        fillcolor=lid,
        translate=tuple(rng.integers(-9, 10, 2).tolist()),
    )
    pixels = np.asarray(skewed.filter(ImageFilter.BoxBlur(rng.uniform(0.3, 0.6))), np.float32)
    height, width = pixels.shape[:2]
    edge = 1 - 0.22 * np.exp(-np.arange(width, dtype=np.float32) / (width * rng.uniform(0.006, 0.014)))
    light = edge * np.linspace(rng.uniform(0.965, 1.0), 1.0, width, dtype=np.float32)
    pixels = pixels * light[None, :, None] + _noise(height, width, 3.2, rng)[:, :, None]
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    _dust(picture, rng)
    return picture.convert("L") if grey else picture


def photographed(sheet: Pixels, rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """The sheet as a telephone sees it on a desk: in perspective, under a lamp, with a hand's shadow."""
    width, height = size
    desk = _desk(height, width, rng)
    corners = _corners(width, height, rng)
    paper = Image.fromarray(sheet)
    coefficients = _perspective(corners, paper.width, paper.height)
    placed = paper.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    shadow = mask.filter(ImageFilter.GaussianBlur(width / 110))
    offset = Image.new("L", size, 0)
    offset.paste(shadow, (width // 130, width // 100))
    desk_pixels = np.asarray(desk, np.float32) * (1 - 0.55 * np.asarray(offset, np.float32) / 255)[:, :, None]
    picture = Image.fromarray(desk_pixels.astype(np.uint8))
    picture.paste(placed, (0, 0), mask.filter(ImageFilter.GaussianBlur(0.8)))
    lit = np.asarray(picture.filter(ImageFilter.BoxBlur(0.7)), np.float32) * _lamp(height, width, rng)
    return Image.fromarray(np.clip(lit + _noise(height, width, 5.0, rng)[:, :, None], 0, 255).astype(np.uint8))


def _lamp(height: int, width: int, rng: np.random.Generator) -> Plane:
    down, across = np.mgrid[0:height, 0:width].astype(np.float32) / height
    x, y = rng.uniform(0.2, 0.9), rng.uniform(0.0, 0.5)
    fall = 1.08 - 0.42 * np.hypot(across - x, down - y)
    shade = 1 - 0.17 / (1 + np.exp(-(across * rng.uniform(0.5, 1.0) + down - rng.uniform(1.1, 1.4)) * 14))
    warm = np.array([1.02, 0.985, 0.93], np.float32)
    return cast("Plane", (fall * shade)[:, :, None] * warm)


def _desk(height: int, width: int, rng: np.random.Generator) -> Image.Image:
    """Brown wood: long, thin, bent streaks."""
    streaks = Image.fromarray(rng.integers(0, 256, (height // 7, 9), dtype=np.uint8))
    grain = np.asarray(streaks.resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255
    shade = 0.72 + 0.36 * grain
    return Image.fromarray((np.array([128, 88, 56], np.float32) * shade[:, :, None]).astype(np.uint8))


def _corners(width: int, height: int, rng: np.random.Generator) -> list[Point]:
    def near(across: float, down: float) -> Point:
        return (across + rng.uniform(-0.025, 0.025)) * width, (down + rng.uniform(-0.02, 0.02)) * height

    return [near(0.13, 0.09), near(0.88, 0.08), near(0.94, 0.93), near(0.06, 0.92)]


def _perspective(corners: Sequence[Point], width: int, height: int) -> list[float]:
    """The eight coefficients Pillow wants: from the picture's coordinates back to the sheet's."""
    sheet = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, sheet, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, float), np.array(values, float))]


def _noise(height: int, width: int, sigma: float, rng: np.random.Generator) -> Plane:
    """Grain from one tile, repeated at a random offset: as good to the eye, and twenty times cheaper."""
    tile = rng.standard_normal((_NOISE_TILE, _NOISE_TILE), dtype=np.float32) * sigma
    tile = np.roll(tile, tuple(rng.integers(0, _NOISE_TILE, 2).tolist()), axis=(0, 1))
    repeated = np.tile(tile, (height // _NOISE_TILE + 1, width // _NOISE_TILE + 1))
    return cast("Plane", repeated[:height, :width])


def _dust(picture: Image.Image, rng: np.random.Generator) -> None:
    pen = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(6, 18))):
        x, y = rng.uniform(0, picture.width), rng.uniform(0, picture.height)
        grey = int(rng.integers(90, 170))
        pen.ellipse([x, y, x + rng.uniform(1, 3), y + rng.uniform(1, 3)], fill=(grey, grey, grey))
