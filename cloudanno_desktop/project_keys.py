"""Keys of a project: what the program writes for itself, and which of all objects are images.

The key alone says what is an image, so that a scan reads nothing else.
"""

import re

OWN = "_cloudanno/"
PROJECT_FILE = "_cloudanno/project.json"
JOURNAL = "_cloudanno/journal/"
SNAPSHOTS = "_cloudanno/snapshots/"
WRITTEN = "_cloudanno/written/"
TRASH = "_cloudanno/trash/"
CHECKS = "_cloudanno/checks/"
VERSIONS = "models/versions/"
ARTIFACTS = "models/artifacts/"
OWN_FOLDERS = (OWN, "models/branches/", VERSIONS, ARTIFACTS)

_NAMES = """
    jpg jpeg jpe jfif png apng gif webp bmp dib tif tiff heic heics heif heifs hif avif avifs
    jp2 j2k j2c jpc jpf jpx ppm pgm pbm pnm pfm tga icb vda vst ico icns qoi pcx psd dds sgi xpm xbm
"""
IMAGE_SUFFIXES = frozenset(_NAMES.split())
# What macOS, Windows, Synology and desktops leave behind: previews and attributes of pictures.
LEFTOVER = re.compile(
    r"(?:^|/)(?:\._|\.trash[^/]*/|(?:@eadir|__macosx|\.thumbnails|\.appledouble|\.spotlight-v100"
    r"|#recycle|\$recycle\.bin|system volume information)/"
    r"|(?:\.ds_store|thumbs\.db|ehthumbs\.db|desktop\.ini|\.localized)$)",
    re.IGNORECASE,
)


def is_image_key(key: str) -> bool:
    """Say whether the object at ``key`` is a picture of the project.

    The suffix decides, in any case of letters; what the program writes for itself, and what systems
    leave behind, never counts.
    """
    _, dot, suffix = key.rpartition(".")
    is_named = bool(dot) and suffix.lower() in IMAGE_SUFFIXES
    return is_named and not key.startswith(OWN_FOLDERS) and not is_leftover(key)


def is_leftover(key: str) -> bool:
    """Say whether a system left the file behind; a folder's name ends with ``/``."""
    return LEFTOVER.search(key) is not None
