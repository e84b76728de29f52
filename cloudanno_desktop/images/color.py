"""Bring pixels of any kind to 8-bit sRGB.

Gray of more than eight bits is scaled by its own darkest and brightest value: a file does not say
which of its bits a camera or scanner fills. Colors are converted where a profile says that they
are not those of sRGB.
"""

import io
from dataclasses import dataclass
from typing import Self

from PIL import Image, ImageCms

from cloudanno_desktop import log

FULL_SCALE = 65535  # of a picture without any contrast
# What littlecms and Pillow raise for a profile that is damaged or belongs to other pixels.
BAD_PROFILE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Levels:
    """The values of deep gray that become black and white."""

    black: float
    white: float

    @classmethod
    def of(cls, image: Image.Image) -> Self | None:
        """Measure a whole picture; ``None`` if it has eight bits."""
        if image.mode not in ("I", "F"):
            return None
        low, high = image.getextrema()
        assert isinstance(low, int | float)
        assert isinstance(high, int | float)
        if image.mode == "F" and low >= 0 and high <= 255:
            return cls(0, 1 if high <= 1 else 255)
        return cls(low, high) if low < high else cls(0, max(FULL_SCALE, high))

    def applied(self, pixels: Image.Image) -> Image.Image:
        scale = 255 / max(self.white - self.black, 1e-30)
        shift = self.black * scale
        return pixels.convert("F").point(lambda value: value * scale - shift).convert("L")


def reducible(image: Image.Image) -> Image.Image:
    """Return pixels whose values may be averaged: no palette, no transparency, no 16-bit gray."""
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    if image.mode in ("P", "PA"):
        return image.convert("RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I;16"):
        return image.convert("I")
    return image


def as_srgb(pixels: Image.Image, levels: Levels | None, profile: bytes | None) -> Image.Image:
    """Return 8-bit sRGB; ``profile`` is the ICC profile of the file."""
    if levels is not None:
        return levels.applied(pixels).convert("RGB")
    if pixels.mode == "LAB":
        return _converted(pixels, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile:
        with log.passing_over(*BAD_PROFILE):
            return _by_profile(pixels, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    return pixels.convert("RGB")


def _by_profile(pixels: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    if ImageCms.getProfileDescription(profile).startswith("sRGB"):  # as most: saves 7 ms
        return pixels.convert("RGB")
    space = profile.profile.xcolor_space.strip()
    if pixels.mode == "YCbCr" or (space == "RGB" and pixels.mode != "RGB"):
        pixels = pixels.convert("RGB")
    if space == "GRAY" and pixels.mode == "RGB":
        pixels = pixels.convert("L")
    return _converted(pixels, profile)


def _converted(pixels: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(pixels, profile, srgb, outputMode="RGB")
    assert converted is not None
    return converted


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white
