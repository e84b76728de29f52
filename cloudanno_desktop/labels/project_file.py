"""``_cloudanno/project.json``: what all people of a project share."""

from datetime import UTC, datetime

import msgspec

from cloudanno_desktop.bucket.bucket import Bucket, ObjectMissing
from cloudanno_desktop.labels.annotations_file import JSON_TYPE, AnnotationsForeign
from cloudanno_desktop.labels.once import put_once
from cloudanno_desktop.labels.rules import RuleProfile
from cloudanno_desktop.labels.store import ProjectSettings

KEY = "_cloudanno/project.json"
SCHEMA = 1


class ProjectFile(msgspec.Struct, frozen=True):
    """The file as it is stored."""

    schema: int
    id: str
    created: datetime
    multi_label: bool
    profile: str

    def settings(self) -> ProjectSettings:
        """Return the part that the program works with."""
        return ProjectSettings(self.id, self.multi_label, RuleProfile(self.profile))


def read_project(bucket: Bucket) -> ProjectSettings | None:
    """Return the project's settings, ``None`` if nobody created the project yet.

    Raises:
        AnnotationsForeign: a newer version wrote the file, or it is damaged.
    """
    try:
        body = bucket.get(KEY).body
    except ObjectMissing:
        return None
    try:
        file = msgspec.json.decode(body, type=ProjectFile)
        if file.schema > SCHEMA:
            raise AnnotationsForeign(KEY, "was written by a newer version of CloudAnno; update it")
        return file.settings()
    except (msgspec.MsgspecError, ValueError) as error:
        raise AnnotationsForeign(KEY, f"cannot be read ({error})") from error


def create_project(bucket: Bucket, settings: ProjectSettings) -> ProjectSettings:
    """Create the file unless someone else just did; return the settings that hold."""
    file = ProjectFile(
        SCHEMA, settings.project_id, datetime.now(UTC), settings.multi_label, settings.profile
    )
    put_once(bucket, KEY, msgspec.json.encode(file), JSON_TYPE)
    return read_project(bucket) or settings
