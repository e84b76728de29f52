"""What a device does and sees, for the tests of publishing and pulling."""

import hashlib
import io
import zipfile

from cloudanno_desktop.publish.client import pull

LABELS = ("leaf", "shell")


def accept(path, file_format, labels):
    """Stand in for the first load: these files are no real networks."""
    assert path.stat().st_size > 0
    assert labels == list(LABELS)


def fetch(source, branch, folder, formats=()):
    return pull(source, branch, folder, formats, accept)


def assert_whole(folder, model):
    """The served files are there, with the digests that the branch file names."""
    promised = {entry["format"]: entry["sha256"] for entry in model.served["artifacts"]}
    for name, path in model.files.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == promised[name]


def zipped(**files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return body.getvalue()
