"""``_cloudanno/project.json``: the settings that all users of a project share."""

from datetime import UTC, datetime

import msgspec

from cloudanno_desktop.bucket.atomic import create, replace
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.labels.annotations.format import JSON_TYPE, AnnotationsForeign
from cloudanno_desktop.labels.naming_rules import RuleProfile
from cloudanno_desktop.labels.store import ProjectSettings
from cloudanno_desktop.project_keys import PROJECT_FILE

SCHEMA = 1


class ProjectFile(msgspec.Struct, frozen=True):
    schema: int
    id: str
    created: datetime
    multi_label: bool
    profile: str
    pattern: str = ""

    def settings(self) -> ProjectSettings:
        profile = RuleProfile(self.profile)
        return ProjectSettings(self.id, self.multi_label, profile, self.pattern)


def read_project(bucket: Bucket) -> ProjectSettings | None:
    """Return the project’s settings, ``None`` if the project does not exist yet.

    Raises:
        AnnotationsForeign: a newer version wrote the file, or it is damaged.
    """
    try:
        body = bucket.get(PROJECT_FILE).body
    except ObjectMissing:
        return None
    return _parse(body).settings()


def create_project(bucket: Bucket, settings: ProjectSettings) -> ProjectSettings:
    """Create the file if it is absent; return the settings that hold."""
    created = datetime.now(UTC)
    rules = settings.profile, settings.pattern
    file = ProjectFile(SCHEMA, settings.project_id, created, settings.multi_label, *rules)
    create(bucket, PROJECT_FILE, msgspec.json.encode(file), PutOptions(JSON_TYPE))
    return read_project(bucket) or settings


def change_project(bucket: Bucket, **fields: str | bool) -> ProjectSettings:
    """Rewrite ``fields`` of the file; all others, known or not, stay.

    Raises:
        ObjectMissing: the project does not exist yet.
        AnnotationsForeign: a newer version wrote the file, or it is damaged.
    """

    def change(body: bytes | None) -> bytes:
        if body is None:
            raise ObjectMissing(PROJECT_FILE)
        file = _parse(body)
        if msgspec.structs.replace(file, **fields) == file:
            return body
        known = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return msgspec.json.encode({**known, **fields})

    return _parse(replace(bucket, PROJECT_FILE, change, PutOptions(JSON_TYPE))).settings()


def _parse(body: bytes) -> ProjectFile:
    try:
        file = msgspec.json.decode(body, type=ProjectFile)
        RuleProfile(file.profile)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise AnnotationsForeign(PROJECT_FILE, f"cannot be read ({error})") from error
    if file.schema > SCHEMA:
        raise AnnotationsForeign(
            PROJECT_FILE, "was written by a newer version of CloudAnno; update CloudAnno"
        )
    return file
