"""What the form of a connection is filled with for each provider.

Source: specs of each provider's S3 interface, as of 2026; ``{region}`` and ``{account}`` in an
endpoint are for the person to fill in.
"""

from dataclasses import dataclass

from cloudanno_desktop.bucket.connection import Addressing


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider.

    Attributes:
        kind: stays in the saved connection.
        endpoint: template of the address; empty for Amazon's own.
    """

    kind: str
    title: str
    endpoint: str
    region: str = ""
    addressing: Addressing = "auto"


PRESETS: tuple[Preset, ...] = (
    Preset("aws", "Amazon S3", "", "us-east-1"),
    Preset(
        "ibm",
        "IBM Cloud Object Storage",
        "https://s3.{region}.cloud-object-storage.appdomain.cloud",
        "us-south",
    ),
    Preset("minio", "MinIO", "http://127.0.0.1:9000", "us-east-1", "path"),
    Preset("r2", "Cloudflare R2", "https://{account}.r2.cloudflarestorage.com", "auto"),
    Preset("b2", "Backblaze B2", "https://s3.{region}.backblazeb2.com", "us-west-004"),
    Preset("obs", "Huawei OBS", "https://obs.{region}.myhuaweicloud.com", "eu-west-101", "virtual"),
    Preset("wasabi", "Wasabi", "https://s3.{region}.wasabisys.com", "us-east-1"),
    Preset("spaces", "DigitalOcean Spaces", "https://{region}.digitaloceanspaces.com", "fra1"),
    Preset("gcs", "Google Cloud Storage (HMAC)", "https://storage.googleapis.com", "auto"),
    Preset("ceph", "Ceph RADOS Gateway", "https://", "us-east-1", "path"),
    Preset("ovh", "OVHcloud", "https://s3.{region}.io.cloud.ovh.net", "gra"),
    Preset("scaleway", "Scaleway", "https://s3.{region}.scw.cloud", "fr-par"),
    Preset("oss", "Alibaba OSS", "https://oss-{region}.aliyuncs.com", "eu-central-1", "virtual"),
    Preset("cos", "Tencent COS", "https://cos.{region}.myqcloud.com", "eu-frankfurt", "virtual"),
    Preset("other", "Other", "https://", "us-east-1"),
)


def endpoint_for(preset: Preset, region: str) -> str:
    """Return the preset's address in a region."""
    return preset.endpoint.replace("{region}", region or preset.region)


def preset_of(kind: str) -> Preset:
    """Return the preset of a saved connection; *Other* for an unknown one."""
    return next((preset for preset in PRESETS if preset.kind == kind), PRESETS[-1])
