"""The least permissions that a key needs, for what a connection check found missing.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

import json
from collections.abc import Iterable
from typing import Any

from cloudanno_desktop.bucket.connection_check import Check, CheckName
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.providers import provider_of

_ON_ALL, _ON_BUCKET, _ON_OBJECTS = "all", "bucket", "objects"
_WRITE = (_ON_OBJECTS, ("s3:PutObject", "s3:AbortMultipartUpload"))
_READ = (_ON_OBJECTS, ("s3:GetObject",))
_ACTIONS: dict[CheckName, tuple[tuple[str, tuple[str, ...]], ...]] = {
    CheckName.LIST_BUCKETS: ((_ON_ALL, ("s3:ListAllMyBuckets",)),),
    CheckName.LIST: ((_ON_BUCKET, ("s3:ListBucket",)),),
    CheckName.WRITE: (_WRITE,),
    CheckName.READ: (_READ,),
    CheckName.RANGE: (_READ,),
    CheckName.MULTI_PART: (_WRITE,),
    CheckName.CONDITIONAL_CREATE: (_WRITE, _READ),
    CheckName.CONDITIONAL_REPLACE: (_WRITE, _READ),
    CheckName.CORS: ((_ON_BUCKET, ("s3:GetBucketCORS",)),),
    CheckName.DELETE: ((_ON_OBJECTS, ("s3:DeleteObject",)),),
}


def needed_policy(checks: Iterable[Check], address: ProjectAddress) -> str:
    """Return what to allow so that the denied checks pass; empty if nothing was denied.

    It is JSON for services with Amazon's policies, a sentence for others.
    """
    denied = [check.name for check in checks if check.denied and check.name in _ACTIONS]
    if not denied:
        return ""
    if CheckName.WRITE in denied:
        denied += (CheckName.READ, CheckName.DELETE)  # not tried, as nothing could be written
    bucket = address.bucket_name or "BUCKET"
    provider = provider_of(address.connection) if address.connection else None
    if provider and provider.grant:
        return provider.grant.format(bucket=bucket)
    return json.dumps(_document(denied, bucket, address.prefix), indent=2)


def _document(denied: list[CheckName], bucket: str, prefix: str) -> dict[str, Any]:
    actions: dict[str, set[str]] = {}
    for name in denied:
        for where, needed in _ACTIONS[name]:
            actions.setdefault(where, set()).update(needed)
    resources = {
        _ON_ALL: "*",
        _ON_BUCKET: f"arn:aws:s3:::{bucket}",
        _ON_OBJECTS: f"arn:aws:s3:::{bucket}/{prefix}*",
    }
    statements = [
        _statement(sorted(actions[where]), resource, prefix)
        for where, resource in resources.items()
        if where in actions
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(actions: list[str], resource: str, prefix: str) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resource}
    if prefix and actions == ["s3:ListBucket"]:
        statement["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
    return statement
