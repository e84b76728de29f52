"""Small numbers that name the bytes of a picture.

A tag is 31 bits of a hash of size and ETag; its last two bits say of what: an ETag that is an MD5
digest, one that is not, or the content itself. Labels carry the tag of the bytes that they were
given to, so every computer sees where a key holds other bytes later. Where an ETag is no digest
(several parts, a folder), the bytes themselves can tell.
"""

import hashlib
import re

MD5, OPAQUE, CONTENT = 1, 2, 3
MD5_ETAG = re.compile(r"[0-9a-f]{32}")
FOLDER_ETAG = re.compile(r"[0-9a-f]+(-[0-9a-f]+-[0-9a-f]+)")  # the inode differs by computer
MIB = 1 << 20
PART_SIZES = tuple(n * MIB for n in (5, 8, 10, 15, 16, 32, 50, 64, 100))  # usual for uploads


def tag_of(size: int, etag: str) -> int:
    if MD5_ETAG.fullmatch(etag):  # nearly always, and a scan asks a million times
        return _tag(f"{size} {etag}", MD5)
    of_folder = FOLDER_ETAG.fullmatch(etag)
    return _tag(f"{size} {of_folder[1] if of_folder else etag}", OPAQUE)


def tags_of_content(body: bytes) -> tuple[int, ...]:
    """Return the tags under which these bytes may be known, the one of the content first."""
    size, digest = len(body), hashlib.md5(body, usedforsecurity=False)
    etags = [digest.hexdigest(), *(_parts_etag(body, part) for part in PART_SIZES)]
    return (_tag(digest.hexdigest(), CONTENT), *(tag_of(size, etag) for etag in etags))


def _tag(text: str, kind: int) -> int:
    found = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(found) >> 3 << 2 | kind


def _parts_etag(body: bytes, size: int) -> str:
    parts = [
        hashlib.md5(body[at : at + size], usedforsecurity=False).digest()
        for at in range(0, max(len(body), 1), size)
    ]
    whole = hashlib.md5(b"".join(parts), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(parts)}"
