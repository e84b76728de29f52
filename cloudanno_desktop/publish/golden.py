"""Golden samples: pictures of the bucket with the scores that a published model must give them.

The scores are those of the TensorFlow Lite file, measured when it was compared with the network. A
picture that was deleted or changed since the run is passed over: it could not be checked.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from itertools import islice

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.dataset.run_folder import ScoredPicture
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.publish.branch_format import GoldenSample

_log = logging.getLogger(__name__)

MOST_SAMPLES = 5
DECIMALS = 6


def golden_samples(
    bucket: Bucket, pictures: Iterable[ScoredPicture], progress: Progress = silent
) -> tuple[GoldenSample, ...]:
    """Return a few of ``pictures``, the first whose bytes in the bucket are those of the run.

    ``progress`` gets the key of each picture before it is read.
    """
    return tuple(islice(_unchanged(bucket, pictures, progress), MOST_SAMPLES))


def _unchanged(
    bucket: Bucket, pictures: Iterable[ScoredPicture], progress: Progress
) -> Iterator[GoldenSample]:
    for picture in pictures:
        progress(0, None, picture.key)
        try:
            digest, sha256 = _digests(bucket, picture.key)
        except ObjectMissing as error:
            _log.debug("no golden sample: %s", error)
            continue
        if digest == picture.digest:
            scores = tuple(round(score, DECIMALS) for score in picture.scores)
            yield GoldenSample(picture.key, sha256, scores)


def _digests(bucket: Bucket, key: str) -> tuple[str, str]:
    """Return blake2b-256, by which a run knows a picture, and SHA-256 of an object's bytes."""
    digest, sha256 = hashlib.blake2b(digest_size=32), hashlib.sha256()
    with bucket.stream(key) as reading:
        for block in reading.blocks:
            digest.update(block)
            sha256.update(block)
    return digest.hexdigest(), sha256.hexdigest()
