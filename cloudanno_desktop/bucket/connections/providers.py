"""What each storage provider needs: address, region, addressing, checksums, conditions.

Sources: the providers' own pages on their S3 interfaces, as of 2026. The conditional writes are
what is expected; what holds is probed (``s3/probe.py``).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from cloudanno_desktop.bucket.connections.connection import Addressing, Checksums, Connection
from cloudanno_desktop.errors import CloudAnnoError

Expected = Literal["honoured", "unquoted", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One storage provider.

    Attributes:
        kind: stored in the saved connection.
        endpoint: template of the address with ``{region}`` and ``{account}``; empty for Amazon's
            own, bare ``https://`` if only the user knows it.
        region: the default.
        region_rule: what a region is called there.
        conditions: what conditional writes are expected to do.
        grant: how to grant permissions; empty if policies are JSON as Amazon's.
    """

    kind: str
    title: str
    endpoint: str
    region: str = "us-east-1"
    region_rule: str = ""
    addressing: Addressing = "auto"
    checksums: Checksums = "when_required"
    conditions: Expected = "unknown"
    has_api_key: bool = False
    grant: str = ""

    @property
    def needs_account(self) -> bool:
        return "{account}" in self.endpoint

    def address(self, region: str = "", account: str = "") -> str:
        """Return the address in a region; an unknown account stays a gap."""
        address = self.endpoint.replace("{region}", region or self.region)
        return address.replace("{account}", account) if account else address

    def account_in(self, address: str) -> str:
        """Return the account that an address names; empty if it names none."""
        before, _, after = self.endpoint.partition("{account}")
        fits = self.needs_account and address.startswith(before) and address.endswith(after)
        account = address.removeprefix(before).removesuffix(after) if fits else ""
        return "" if "{" in account else account


@dataclass(eq=False)
class ProviderUnknown(CloudAnnoError):
    sentence: ClassVar[str] = "There is no provider “{kind}”. Known are {known}."
    kind: str
    known: str


_GAP = "gap0"  # stands in no provider's address
_BY_CODE = "a code such as “{}”"

PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "aws",
        "Amazon S3",
        "",
        region_rule=_BY_CODE.format("eu-central-1"),
        checksums="when_supported",
        conditions="honoured",
    ),
    Provider(
        "ibm",
        "IBM Cloud Object Storage",
        "https://s3.{region}.cloud-object-storage.appdomain.cloud",
        "us-south",
        "the location of the bucket, such as “us-south”, “eu-de” or “eu”",
        conditions="honoured",
        has_api_key=True,
        grant="In IBM Cloud, under Manage › Access (IAM), give the service ID the role “Writer” "
        "on the bucket “{bucket}”; “Reader” on the instance lets it list the buckets.",
    ),
    Provider(
        "minio",
        "MinIO",
        "http://127.0.0.1:9000",
        region_rule="“us-east-1” unless the server is configured otherwise",
        addressing="path",
        conditions="honoured",
    ),
    Provider(
        "r2",
        "Cloudflare R2",
        "https://{account}.r2.cloudflarestorage.com",
        "auto",
        "always “auto”",
        conditions="honoured",
        grant="In the Cloudflare dashboard, under R2 › API tokens, create a token “Object Read & "
        "Write” for the bucket “{bucket}”; only “Admin” tokens list buckets and set CORS.",
    ),
    Provider(
        "b2",
        "Backblaze B2",
        "https://s3.{region}.backblazeb2.com",
        "us-west-004",
        "as in the bucket’s endpoint, such as “us-west-004”",
        conditions="refused",
        grant="Create an application key for the bucket “{bucket}” with the capabilities "
        "listBuckets, listFiles, readFiles, writeFiles and deleteFiles.",
    ),
    Provider(
        "obs",
        "Huawei OBS",
        "https://obs.{region}.myhuaweicloud.com",
        "eu-west-101",
        _BY_CODE.format("eu-west-101"),
        addressing="virtual",
        grant="In IAM, give the user ListBucket, GetObject, PutObject, DeleteObject and "
        "AbortMultipartUpload of OBS on the bucket “{bucket}”.",
    ),
    Provider(
        "wasabi",
        "Wasabi",
        "https://s3.{region}.wasabisys.com",
        region_rule=_BY_CODE.format("eu-central-1"),
    ),
    Provider(
        "spaces",
        "DigitalOcean Spaces",
        "https://{region}.digitaloceanspaces.com",
        "fra1",
        "the data centre, such as “fra1” or “nyc3”",
        conditions="unquoted",
        grant="Create a Spaces key with “Read/Write/Delete” for the bucket “{bucket}”.",
    ),
    Provider(
        "gcs",
        "Google Cloud Storage (HMAC)",
        "https://storage.googleapis.com",
        "auto",
        "“auto”: one address for all",
        grant="Give the HMAC key’s service account the role “Storage Object Admin” on the bucket "
        "“{bucket}”; to list buckets it needs storage.buckets.list on the project.",
    ),
    Provider(
        "ceph",
        "Ceph RADOS Gateway",
        "https://",
        region_rule="the zone group, often “us-east-1” or “default”",
        addressing="path",
    ),
    Provider(
        "ovh",
        "OVHcloud",
        "https://s3.{region}.io.cloud.ovh.net",
        "gra",
        "a lowercase code, such as “gra”",
        conditions="honoured",
    ),
    Provider(
        "scaleway",
        "Scaleway",
        "https://s3.{region}.scw.cloud",
        "fr-par",
        "“fr-par”, “nl-ams” or “pl-waw”",
        conditions="honoured",
        grant="Give the key’s application an IAM policy with ObjectStorageObjectsRead, "
        "ObjectStorageObjectsWrite, ObjectStorageObjectsDelete and ObjectStorageBucketsRead on "
        "the project of the bucket “{bucket}”.",
    ),
    Provider(
        "oss",
        "Alibaba OSS",
        "https://s3.oss-{region}.aliyuncs.com",
        "eu-central-1",
        "without “oss-”, such as “cn-hangzhou”",
        addressing="virtual",
        conditions="refused",
        grant="In RAM, give the user oss:ListObjects, oss:GetObject, oss:PutObject, "
        "oss:DeleteObject and oss:AbortMultipartUpload on the bucket “{bucket}”.",
    ),
    Provider(
        "cos",
        "Tencent COS",
        "https://cos.{region}.myqcloud.com",
        "eu-frankfurt",
        _BY_CODE.format("eu-frankfurt"),
        addressing="virtual",
        grant="In CAM, give the user GetBucket, GetObject, HeadObject, PutObject, DeleteObject, "
        "the multi-part actions and AbortMultipartUpload of COS on the bucket “{bucket}”.",
    ),
    Provider("other", "Other", "https://"),
)
_BY_KIND = {provider.kind: provider for provider in PROVIDERS}
KINDS = tuple(_BY_KIND)
OTHER = PROVIDERS[-1]


def provider_named(kind: str) -> Provider:
    if kind not in _BY_KIND:
        raise ProviderUnknown(kind, ", ".join(KINDS))
    return _BY_KIND[kind]


def provider_of(connection: Connection) -> Provider:
    """Return a connection's provider: the chosen one, else by its address."""
    return _BY_KIND.get(connection.kind) or _provider_at(connection.endpoint_url)


def with_provider(provider: Provider, connection: Connection, account: str = "") -> Connection:
    """Fill in what a connection leaves open with its provider's defaults."""
    region, addressing = connection.region or provider.region, connection.addressing
    checksums = connection.checksums
    return msgspec.structs.replace(
        connection,
        kind=provider.kind,
        region=region,
        endpoint_url=connection.endpoint_url or provider.address(region, account),
        addressing=provider.addressing if addressing == "auto" else addressing,
        checksums=provider.checksums if checksums == "auto" else checksums,
    )


def _provider_at(endpoint_url: str) -> Provider:
    host = urlsplit(endpoint_url).hostname or ""
    if not host or host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return PROVIDERS[0]
    domains = {domain: provider for provider in PROVIDERS if (domain := _domain(provider))}
    return next((domains[end] for end in domains if f".{host}".endswith(f".{end}")), OTHER)


def _domain(provider: Provider) -> str:
    """Return what all addresses of a provider end in; empty if they share nothing."""
    if not provider.endpoint or provider.endpoint == "https://" or provider.kind == "minio":
        return ""
    host = urlsplit(provider.address(_GAP, _GAP)).hostname or ""
    return host.rpartition(f"{_GAP}.")[2]
