"""Keys of pictures as arguments, or as a list on standard input, from whatever wrote the list."""

import codecs
import sys
from collections.abc import Sequence

from cloudanno_desktop.bucket.keys import escape_name
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.match_list import match_keys
from cloudanno_desktop.transfers.plan import NOT_HERE

AMBIGUOUS = "several pictures have this name"
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def find_images(index: ImageIndex, keys: Sequence[str]) -> tuple[list[int], list[tuple[str, str]]]:
    """Return the ids of ``keys``, and what was not found with its reason.

    ``-`` stands for a list on standard input, which may hold paths, addresses or file names too.
    """
    given = [escape_name(key) for key in dict.fromkeys(keys) if key != "-"]
    ids = index.ids_of(given)
    left_out = [(key, NOT_HERE) for key in given if key not in ids]
    found = [ids[key] for key in given if key in ids]
    if "-" in keys:
        matched = match_keys(index, escape_name(_read()), index.all_ids())
        found += matched.images.tolist()
        left_out += [(line, NOT_HERE) for line in matched.unknown]
        left_out += [(line, AMBIGUOUS) for line in matched.ambiguous]
    return list(dict.fromkeys(found)), left_out


def _read() -> str:
    """Read standard input; PowerShell writes UTF-16, and Windows a mark before UTF-8."""
    stream = getattr(sys.stdin, "buffer", None)
    body = stream.read() if stream else sys.stdin.read().encode("utf-8", "surrogateescape")
    encoding = UTF_16.get(body[:2], "utf-8-sig")
    text: str = body.decode(encoding, "surrogateescape" if encoding == "utf-8-sig" else "replace")
    return text
