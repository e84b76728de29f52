"""Draw the pictures of the sample project: leaves, mushrooms, shells and feathers on the ground.

Every picture is computed from formulas and a seed, so it is free of anybody's rights. A subject is
a height field with a colour and an outline; light falls on it and it throws a shadow. As outdoors,
a label has its usual colours and grounds, but shares each of them with others. Needs numpy and
Pillow only.
"""

import math
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 480, 360
PICTURES = 40
JPEG_QUALITY = 88
CAMERAS = (("Larch", "L-20"), ("Larch", "L-30 mini"), ("Tern", "One"))
PALETTE = (  # light, dark: green, ochre, red, brown, cream, grey, rose, blue
    ((150, 172, 74), (62, 92, 36)),
    ((206, 168, 62), (134, 84, 26)),
    ((200, 92, 58), (112, 34, 28)),
    ((168, 122, 84), (86, 54, 34)),
    ((232, 222, 200), (164, 144, 120)),
    ((196, 190, 186), (92, 90, 98)),
    ((222, 168, 158), (150, 84, 88)),
    ((122, 150, 168), (48, 66, 92)),
)
GROUNDS = (  # light, dark, size of the grain in pixels, how much longer than wide a grain is
    ((206, 186, 148), (158, 134, 98), 3, 1),
    ((112, 128, 66), (44, 58, 26), 9, 4),
    ((112, 88, 66), (48, 36, 28), 6, 1),
    ((158, 156, 150), (98, 96, 94), 14, 1),
    ((176, 136, 92), (110, 76, 46), 5, 14),
    ((96, 120, 92), (40, 62, 44), 5, 1),
    ((214, 210, 204), (178, 172, 164), 20, 1),
)

LIKING = {  # colours and grounds that a label is found with more often, and how far it leans over
    "feather": ((5, 5, 7, 7, 7, 4), (3,), 0.6),
    "leaf": ((0, 0, 0, 1, 1, 2), (2, 4), 0.6),
    "mushroom": ((2, 2, 2, 3, 3, 1, 4), (5, 1), 0.35),
    "shell": ((4, 4, 6, 6, 6, 1, 3), (0, 0, 6), 0.4),
}
LIKED = 0.85  # how often the ground is one of those

Field = NDArray[np.float32]
Color = NDArray[np.float32]
Progress = Callable[[int, int, str], None]


@dataclass
class Scene:
    """Coordinates in which a subject reaches from about −1 to 1, and where chance comes from.

    Attributes:
        u: across, v: down, turned and scaled with the subject.
        px: size of a pixel in these coordinates, for soft edges.
    """

    u: Field
    v: Field
    px: float
    chance: np.random.Generator
    light: Color
    dark: Color

    def count(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to below ``high``."""
        return int(self.chance.integers(low, high))

    def noise(self, cell: float, stretch: float = 1) -> Field:
        """Return smooth noise 0..1 whose bumps are about ``cell`` pixels wide."""
        return smooth_noise(self.chance, cell, stretch)

    def inside(self, distance: Field) -> Field:
        """Return 1 where ``distance`` is above zero, 0 outside, soft over a pixel."""
        return np.clip(distance / self.px + 0.5, 0, 1)

    def mixed(self, share: Field) -> Color:
        """Return the dark colour where ``share`` is 0 and the light one where it is 1."""
        return self.dark + (self.light - self.dark) * np.clip(share, 0, 1)[..., None]


@dataclass
class Subject:
    """What is drawn: colour 0..255, outline 0..1, and height for the light."""

    color: Color
    mask: Field
    height: Field


def make_pictures(folder: Path, seed: int = 0, progress: Progress | None = None) -> list[Path]:
    """Write ``<folder>/<label>/<picture>.jpg`` and return the paths, label by label.

    The same seed gives the same pictures. ``progress`` is told (done, total, text); what it raises
    ends the work.
    """
    numbers = np.random.default_rng(seed).permutation(len(DRAW) * PICTURES)
    plan = [(label, number) for label in DRAW for number in range(PICTURES)]
    targets = [
        folder / label / f"IMG_{2001 + taken}.jpg"
        for (label, _), taken in zip(plan, numbers, strict=True)
    ]
    for label in DRAW:
        (folder / label).mkdir(parents=True, exist_ok=True)
    jobs = [(target, seed, *item) for target, item in zip(targets, plan, strict=True)]
    with ThreadPoolExecutor(2) as pool:
        for done, target in enumerate(pool.map(_write, jobs), 1):
            if progress:
                progress(done, len(jobs), target.name)
    return targets


def draw_picture(label: str, chance: np.random.Generator) -> Image.Image:
    """Draw one picture of ``label``."""
    colors, grounds, lean = LIKING[label]
    ground = _ground(chance, grounds)
    subject = DRAW[label](_scene(chance, colors, lean))
    sun = chance.uniform(0, 2 * np.pi)
    lit = _lit(subject, sun, chance)
    shadow = _shadow(subject.mask, sun, chance.uniform(4, 12))
    picture = ground * (1 - chance.uniform(0.3, 0.6) * shadow)[..., None]
    picture += (lit - picture) * subject.mask[..., None]
    return _photographed(picture, chance)


def smooth_noise(chance: np.random.Generator, cell: float, stretch: float = 1) -> Field:
    """Return noise 0..1 of the picture's size; bumps are ``cell`` high and ``stretch`` longer."""
    rows = max(2, round(HEIGHT / cell))
    columns = max(2, round(WIDTH / cell / stretch))
    coarse = Image.fromarray(chance.random((rows, columns), np.float32))
    return np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def draw_leaf(scene: Scene) -> Subject:
    """Draw a leaf with midrib, side veins and a toothed edge."""
    c = scene.chance
    v = scene.v + c.uniform(-0.25, 0.25) * scene.u**2
    t = np.clip((scene.u + 1) / 2, 1e-4, 1)
    start, end, side = c.uniform(0.35, 0.8), c.uniform(0.7, 1.3), np.abs(v)
    profile = t**start * (1 - t) ** end
    teeth = 1 + c.uniform(0.02, 0.09) * np.abs((t * scene.count(14, 26)) % 1 - 0.5)
    half = c.uniform(0.38, 0.62) * profile / profile.max() * teeth
    blade = scene.inside(np.where(np.abs(scene.u) < 1, half - side, -1).astype(np.float32))
    stalk = scene.inside(np.where((scene.u < -0.9) & (scene.u > -1.4), 0.022 - side, -1))
    vein = np.exp(-((side / 0.016) ** 2))
    phase = (t * scene.count(7, 12) - side * c.uniform(1.6, 3.4)) % 1
    vein = np.maximum(vein, 0.7 * np.exp(-((np.minimum(phase, 1 - phase) / 0.06) ** 2)))
    share = 0.25 + 0.6 * scene.noise(c.uniform(18, 60)) + 0.25 * scene.noise(4)
    color = scene.mixed(share - 0.3 * side / np.maximum(half, 0.05) + 0.35 * vein)
    height = 0.16 * (1 - (side / np.maximum(half, 0.02)) ** 2).clip(0) - 0.03 * vein
    return Subject(color, np.maximum(blade, stalk), height + 0.02 * scene.noise(7))


def draw_mushroom(scene: Scene) -> Subject:
    """Draw a mushroom from the side: a domed cap, gills below it, a stem."""
    c = scene.chance
    u, v = scene.u + c.uniform(-0.2, 0.2) * scene.v**2, scene.v + 0.2
    rise, sag = c.uniform(0.45, 0.95), c.uniform(0.1, 0.24)
    width = c.uniform(0.75, 1.0)
    across = (u / width) ** 2
    dome = 1 - across - (np.minimum(v, 0) / rise) ** 2 - (np.maximum(v, 0) / sag) ** 2
    cap = scene.inside(dome * 0.4)
    gills = scene.inside((1 - across - (v / (sag * 1.6)) ** 2) * 0.3) * (v > 0)
    thick = c.uniform(0.11, 0.24) + c.uniform(0, 0.12) * v
    long = c.uniform(0.85, 1.15)
    foot = np.minimum(thick - np.abs(u), (long - v - 2 * u * u) * 0.7)
    stem = scene.inside(np.where(v > 0, foot, -1).astype(np.float32))
    pale = np.float32([226, 214, 190]) * (0.75 + 0.25 * scene.noise(5, 0.4))[..., None]
    stripes = 0.72 + 0.2 * np.cos(np.arctan2(u, v + 0.35) * scene.count(50, 90))
    color = np.where((gills * (1 - cap))[..., None] > 0.5, pale * stripes[..., None], pale)
    skin = scene.mixed(0.2 + 0.55 * np.sqrt(dome.clip(0)) + 0.4 * scene.noise(c.uniform(5, 30)))
    spots = _spots(scene, u, v) if c.random() < 0.55 else np.zeros_like(u)
    skin = skin + (np.float32([240, 232, 214]) - skin) * spots[..., None]
    color = color + (skin - color) * cap[..., None]
    round_stem = np.sqrt((1 - (u / np.maximum(thick, 0.01)) ** 2).clip(0)) * 0.15
    height = np.where(cap > 0.5, 0.55 * np.sqrt(dome.clip(0)) + 0.03 * spots, round_stem)
    return Subject(color, np.maximum.reduce([cap, gills, stem]), height.astype(np.float32))


def draw_shell(scene: Scene) -> Subject:
    """Draw a scallop: ribs that fan out from the hinge, rings of growth across them."""
    c = scene.chance
    u, v = scene.u * c.uniform(0.9, 1.15), 0.85 - scene.v
    angle, radius = np.arctan2(u, v), np.hypot(u, v)
    wide, ribs = c.uniform(0.85, 1.1), scene.count(9, 18)
    rib = np.abs(np.cos(angle / wide * ribs * np.pi / 2))
    reach = c.uniform(1.5, 1.7) * (1 - 0.24 * np.abs(angle / wide) ** 2.4) + 0.035 * rib
    edge = np.minimum(reach - radius, (wide - np.abs(angle)) * radius)
    ears = np.minimum(c.uniform(0.3, 0.45) - np.abs(u), 0.13 - np.abs(v - 0.1))
    mask = np.maximum(scene.inside(edge), scene.inside(ears))
    grown = radius / reach
    rings = np.sin(grown * c.uniform(14, 40) + 2 * scene.noise(70))
    share = 0.45 + 0.28 * rings + 0.25 * rib + 0.4 * (scene.noise(20) - 0.5)
    height = 0.5 * np.sqrt((grown * (1.02 - grown)).clip(0)) + 0.045 * rib * grown + 0.008 * rings
    return Subject(scene.mixed(share), mask, height.astype(np.float32))


def draw_feather(scene: Scene) -> Subject:
    """Draw a feather: two vanes of fine barbs on a curved shaft, down at its base."""
    c = scene.chance
    v = scene.v + c.uniform(-0.35, 0.35) * (scene.u**2 - 0.3)
    u, side = scene.u * 0.95, np.abs(v)
    t = np.clip((u + 0.75) / 1.75, 1e-4, 1)
    profile = t**0.4 * (1 - t) ** c.uniform(0.3, 0.55)
    broad = np.where(v > 0, c.uniform(0.24, 0.4), c.uniform(0.16, 0.32))
    barb = t * scene.count(40, 70) - side * c.uniform(20, 34)
    ragged = 1 + 0.07 * np.sin(barb * 0.7) * scene.noise(30)
    half = broad * profile / profile.max() * ragged
    split = np.sin(barb * c.uniform(0.16, 0.24) + c.uniform(0, 6)) > 0.985
    gap = np.where(split, side - 0.3 * half, -1)
    vane = scene.inside(np.where(np.abs(u - 0.125) < 0.875, half - side, -1).astype(np.float32))
    vane = vane * (1 - scene.inside(gap)) * np.clip(0.35 + t * 4 + scene.noise(3) - 0.5, 0, 1)
    thick = 0.012 + 0.02 * (1 - t)
    shaft = scene.inside(np.where((u > -1.15) & (u < 0.9), thick - side, -1).astype(np.float32))
    bands = np.sin(t * c.uniform(3, 34) + c.uniform(0, 6) - side * 6)
    share = 0.5 + c.uniform(0.1, 0.45) * bands + 0.3 * (scene.noise(24) - 0.5)
    color = scene.mixed(share + 0.14 * np.sin(barb * 2 * np.pi))
    color = color + (np.float32([228, 218, 198]) - color) * shaft[..., None]
    height = 0.05 * np.cos(side * 4) + 0.006 * np.sin(barb * 2 * np.pi) + 0.05 * shaft
    return Subject(color, np.maximum(vane, shaft), height.astype(np.float32))


DRAW: dict[str, Callable[[Scene], Subject]] = {
    "feather": draw_feather,
    "leaf": draw_leaf,
    "mushroom": draw_mushroom,
    "shell": draw_shell,
}


def _scene(chance: np.random.Generator, colors: Sequence[int], lean: float) -> Scene:
    turn, half = chance.normal(0, lean), chance.uniform(124, 160)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    x = (x - WIDTH / 2 - chance.uniform(-45, 45)) / half
    y = (y - HEIGHT / 2 - chance.uniform(-15, 15)) / half
    light, dark = PALETTE[colors[chance.integers(len(colors))]]
    tint = chance.normal(0, 5, 3)
    cos, sin = math.cos(turn), math.sin(turn)
    return Scene(
        u=x * cos + y * sin,
        v=y * cos - x * sin,
        px=1.4 / half,
        chance=chance,
        light=np.float32(light + tint),
        dark=np.float32(dark + tint),
    )


def _spots(scene: Scene, u: Field, v: Field) -> Field:
    nearest = np.full_like(u, 9)
    for _ in range(scene.chance.integers(8, 18)):
        x, y, size = scene.chance.uniform((-0.8, -0.8, 0.04), (0.8, 0.1, 0.11))
        nearest = np.minimum(nearest, np.hypot(u - x, (v - y) * 1.3) - size)
    return scene.inside(-nearest)


def _ground(chance: np.random.Generator, liked: Sequence[int]) -> Color:
    kinds = liked if chance.random() < LIKED else range(len(GROUNDS))
    light, dark, grain, stretch = GROUNDS[kinds[chance.integers(len(kinds))]]
    share = (
        0.45 * smooth_noise(chance, grain, stretch)
        + 0.25 * smooth_noise(chance, grain * 4, stretch)
        + 0.3 * smooth_noise(chance, 120)
    )
    share = np.clip((share - 0.5) * 2 + 0.5, 0, 1)[..., None]
    tint = chance.normal(0, 2.5, 3)
    ground = np.float32(dark + tint) + np.float32(np.subtract(light, dark)) * share
    return ground * (1 + 0.25 * (smooth_noise(chance, 2) - 0.5))[..., None]


def _lit(subject: Subject, sun: float, chance: np.random.Generator) -> Color:
    slope_y, slope_x = np.gradient(subject.height * 110)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    facing = (1 - 0.8 * (slope_x * math.cos(sun) + slope_y * math.sin(sun))) / length
    shade = 0.45 + 0.55 * np.clip(facing, 0, 1.25)
    shine = chance.uniform(0, 60) * np.clip(facing - 1, 0, 1) ** 2
    return subject.color * shade[..., None] + shine[..., None]


def _shadow(mask: Field, sun: float, distance: float) -> Field:
    """Return the outline moved away from the sun and blurred."""
    small = Image.fromarray(mask).resize((WIDTH // 8, HEIGHT // 8), Image.Resampling.BOX)
    soft = np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
    moved = np.roll(soft, round(distance * math.sin(sun)), 0)
    return np.clip(np.roll(moved, round(distance * math.cos(sun)), 1), 0, 1)


def _photographed(picture: Color, chance: np.random.Generator) -> Image.Image:
    """Give the picture the light, the dark corners and the noise of a camera."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    fall = 1 - chance.uniform(0.02, 0.14) * (x * x + y * y)
    fall = fall + chance.uniform(-0.15, 0.15) * x + chance.uniform(-0.1, 0.1) * y
    white = np.float32(chance.uniform(0.97, 1.03, 3) * chance.uniform(0.85, 1.1))
    noise = chance.standard_normal((HEIGHT, WIDTH), np.float32) * np.float32(chance.uniform(2, 7))
    picture *= fall[..., None] * white
    picture += noise[..., None]
    return Image.fromarray(np.clip(picture, 0, 255, out=picture).astype(np.uint8))


def _write(job: tuple[Path, int, str, int]) -> Path:
    target, seed, label, number = job
    chance = np.random.default_rng((seed, sorted(DRAW).index(label), number))
    picture = draw_picture(label, chance)
    picture.save(target, quality=JPEG_QUALITY, exif=_exif(chance))
    return target


def _exif(chance: np.random.Generator) -> Image.Exif:
    maker, model = CAMERAS[chance.integers(len(CAMERAS))]
    day, hour, minute, second = chance.integers((1, 7, 0, 0), (29, 19, 60, 60))
    taken = f"2026:{chance.integers(4, 11):02}:{day:02} {hour:02}:{minute:02}:{second:02}"
    exif = Image.Exif()
    exif.update({0x010F: maker, 0x0110: model, 0x0112: 1, 0x0132: taken})
    exif.get_ifd(0x8769).update({0x9003: taken, 0x9004: taken})
    return exif


def main(arguments: Sequence[str]) -> None:
    """Draw the pictures into the folder that is named, with the seed that may follow."""
    folder, seed = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 0
    print(f"{len(make_pictures(folder, seed))} pictures in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
