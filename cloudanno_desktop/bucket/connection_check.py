"""Find out what a connection can do, with one small object that is removed again."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudanno_desktop import log
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import AccessDenied, Unreachable
from cloudanno_desktop.bucket.open_bucket import bucket_names, open_service
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
from cloudanno_desktop.bucket.s3.remembered_capabilities import (
    NONE_HONOURED,
    Conditions,
    ConditionSupport,
    remember,
)
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.project_keys import CHECKS, OWN

if TYPE_CHECKING:
    from cloudanno_desktop.bucket.bucket import Bucket
    from cloudanno_desktop.bucket.s3.probe import S3Probe
    from cloudanno_desktop.bucket.s3.service import S3Service

ATTEMPTS = 1
_BODY = b"CloudAnno checks this connection."
_INSTEAD = "CloudAnno reads and compares before it writes"
_DETAILS = {
    ConditionSupport.HONOURED: "",
    ConditionSupport.UNQUOTED: "without quotes",
    ConditionSupport.IGNORED: f"the service ignores conditions; {_INSTEAD}",
    ConditionSupport.REFUSED: f"the service refuses conditions; {_INSTEAD}",
}


class CheckName(StrEnum):
    REACH = "reach"
    AUTHENTICATE = "authenticate"
    LIST_BUCKETS = "list buckets"
    LIST = "list"
    WRITE = "write"
    READ = "read"
    RANGE = "range read"
    MULTI_PART = "multi-part"
    CONDITIONAL_CREATE = "conditional create"
    CONDITIONAL_REPLACE = "conditional replace"
    CORS = "CORS"
    DELETE = "delete"


# Without these everything still works, if less comfortably.
_CONDITIONS = (CheckName.CONDITIONAL_CREATE, CheckName.CONDITIONAL_REPLACE)
OPTIONAL = frozenset({CheckName.LIST_BUCKETS, *_CONDITIONS, CheckName.CORS})


class CheckResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check; ``denied`` if it failed because the key may not do it."""

    name: CheckName
    result: CheckResult
    detail: str = ""
    denied: bool = False

    @property
    def is_missed(self) -> bool:
        return self.result is CheckResult.FAILED and self.name not in OPTIONAL


_NAMES = tuple(CheckName)
_OF_SERVICE, _OF_BUCKET = _NAMES[:3], _NAMES[3:]


def check_connection(
    connection: Connection,
    secret: Secret | None = None,
    location: str = "",
    progress: Progress = silent,
) -> list[Check]:
    """Try what a project needs, and remember what the service does with conditions.

    ``location``, ``s3://bucket[/prefix]``, is where one small object is written and deleted; if it
    is empty, only the service is checked. ``progress`` counts checks and names the current one.
    """
    service = open_service(connection, secret, ATTEMPTS)
    try:
        progress(0, len(_NAMES), CheckName.REACH)
        checks = _check_service(lambda: bucket_names(service.client), has_bucket=bool(location))
        if not location:
            return [*checks, *_skipped_all(_OF_BUCKET, "no bucket was named")]
        if checks[0].result is CheckResult.FAILED:
            return [*checks, *_skipped_all(_OF_BUCKET, checks[0].detail)]
        address = ProjectAddress(location, connection)
        return [*checks, *_check_location(service, address, progress)]
    finally:
        service.close()


def _check_service(ask: Callable[[], object], *, has_bucket: bool) -> list[Check]:
    """Check what needs no bucket.

    Keys that may not list buckets are common; if a bucket is checked too, that shows whether they
    are right.
    """
    reach, sign_in, names = _OF_SERVICE
    try:
        ask()
    except Unreachable as error:
        return [_failed(reach, error), *_skipped_all((sign_in, names), str(error))]
    except AccessDenied as error:
        is_known = has_bucket and error.code == "AccessDenied"
        second = _passed(sign_in) if is_known else _failed(sign_in, error)
        return [_passed(reach), second, _failed(names, error)]
    except CloudAnnoError as error:
        return [_passed(reach), *_skipped_all([sign_in], str(error)), _failed(names, error)]
    return [_passed(name) for name in _OF_SERVICE]


def _check_location(
    service: "S3Service", address: ProjectAddress, progress: Progress
) -> list[Check]:
    from cloudanno_desktop.bucket.s3.bucket import S3Bucket
    from cloudanno_desktop.bucket.s3.probe import S3Probe

    name = address.bucket_name
    whole = S3Bucket(service, name)
    probe = S3Probe(service.client, name, service.endpoint, address.prefix)
    trial = _Trial(RootedBucket(whole, address.prefix), probe, progress)
    checks = trial.run()
    if trial.found is not None:
        remember(whole.address, trial.found)
    return checks


class _Trial:
    """The checks of one bucket; ``found`` is ``None`` if the conditions could not be probed."""

    def __init__(self, bucket: RootedBucket, probe: "S3Probe", progress: Progress) -> None:
        self._bucket: Bucket = bucket
        self._probe = probe
        self._progress = progress
        self._key = f"{CHECKS}{uuid.uuid4()}"
        self._stored_key = bucket.root + self._key
        self.found: Conditions | None = None

    def run(self) -> list[Check]:
        """Run the checks in order; remove what was written, also when stopped."""
        bucket, key = self._bucket, self._key
        is_left = True
        try:
            listing = self._try(CheckName.LIST, lambda: next(bucket.list_pages(OWN), 0))
            written = self._try(CheckName.WRITE, lambda: bucket.put(key, _BODY))
            if written.result is not CheckResult.PASSED:
                return [listing, written, *_skipped_all(_OF_BUCKET[2:], "nothing was written")]
            checks = [listing, written, *self._check_written()]
            is_left = checks[-1].result is not CheckResult.PASSED
            return checks
        finally:
            if is_left:
                with log.passing_over(CloudAnnoError):
                    bucket.delete([key])

    def _check_written(self) -> list[Check]:
        bucket, key = self._bucket, self._key
        same = self._try(CheckName.READ, lambda: _require(bucket.get(key).body == _BODY))
        part = self._try(
            CheckName.RANGE, lambda: _require(bucket.get_range(key, 3, 5) == _BODY[3:8])
        )
        parts = self._try(CheckName.MULTI_PART, self._send_in_parts)
        conditions = self._check_conditions()
        cors = self._try(CheckName.CORS, self._find_cors)
        return [same, part, parts, *conditions, cors, self._try(CheckName.DELETE, self._delete)]

    def _check_conditions(self) -> list[Check]:
        create, replace = _CONDITIONS
        probed = self._try(create, self._probe_conditions)
        if probed.result is CheckResult.FAILED:
            return [probed, *_skipped_all([replace], probed.detail)]
        found = self.found or NONE_HONOURED
        return [_reported(create, found.create), _reported(replace, found.replace)]

    def _probe_conditions(self) -> None:
        self.found = self._probe.run()

    def _send_in_parts(self) -> None:
        self._probe.put_in_parts(self._stored_key, _BODY)
        _require(self._bucket.get(self._key).body == _BODY)

    def _find_cors(self) -> None:
        rules = self._probe.cors_rules()
        if not any("PUT" in rule.get("AllowedMethods", ()) for rule in rules):
            raise Failed("no rule lets a web page write here; only the phone page needs one")

    def _delete(self) -> None:
        key = self._stored_key
        for failure in self._bucket.delete([self._key]):
            if failure.reason == "AccessDenied":
                action = f"delete “{key}”, which is left there"
                raise AccessDenied("the service", action, failure.reason)
            raise Failed(f"“{key}” is left there: {failure.reason}")

    def _try(self, name: CheckName, attempt: Callable[[], object]) -> Check:
        self._progress(_NAMES.index(name), len(_NAMES), name)
        try:
            attempt()
        except CloudAnnoError as error:
            return _failed(name, error)
        return _passed(name)


def _reported(name: CheckName, support: ConditionSupport) -> Check:
    works = support in {ConditionSupport.HONOURED, ConditionSupport.UNQUOTED}
    return Check(name, CheckResult.PASSED if works else CheckResult.FAILED, _DETAILS[support])


def _require(is_right: bool) -> None:
    if not is_right:
        raise Failed("The service returned other bytes than were written.")


def _passed(name: CheckName) -> Check:
    return Check(name, CheckResult.PASSED)


def _failed(name: CheckName, error: CloudAnnoError) -> Check:
    return Check(name, CheckResult.FAILED, str(error), isinstance(error, AccessDenied))


def _skipped_all(names: Sequence[CheckName], reason: str) -> list[Check]:
    return [Check(name, CheckResult.SKIPPED, reason) for name in names]
