"""A journal that was deleted in the bucket: told by every command, mended by ``sync``."""

import boto3
import pytest

from cloudanno_desktop.cli.main import DONE, FAILED, LEFT_OUT


@pytest.mark.parametrize("mend", ["--resend", "--start-anew"])
def test_two_computers_agree_after_the_journal_was_deleted(
    run, photos, tmp_path, s3_endpoint, aws_keys, monkeypatch, mend
):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    bucket = f"lost{mend}"
    client.create_bucket(Bucket=bucket)

    def ask(computer, command, *rest):
        monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / computer))
        return run(command, f"s3://{bucket}", *rest, "--endpoint-url", s3_endpoint)

    def file():
        return client.get_object(Bucket=bucket, Key="_annotations.json")["Body"].read()

    assert ask("one", "upload", photos, "--labels-from-folders").code == DONE
    listed = client.list_objects_v2(Bucket=bucket, Prefix="_cloudanno/journal/")["Contents"]
    for entry in listed:
        client.delete_object(Bucket=bucket, Key=entry["Key"])
    before = file()

    reported = ask("one", "status")
    assert reported.code == LEFT_OUT
    assert "--resend" in reported.err
    assert ask("one", "train").code == FAILED
    assert ask("two", "labels", "create", "cow").code == LEFT_OUT
    assert file() == before
    assert ask("one", "sync", mend).code == DONE

    if mend == "--start-anew":
        assert ask("two", "sync", mend).code == DONE
    shown = []
    for computer in ("two", "one", "two"):
        assert ask(computer, "sync").code == DONE
        shown.append(ask(computer, "status", "--json").document["labels"])
    assert sorted((row["name"], row["count"]) for row in shown[-1]) == [
        ("cat", 6),
        ("cow", 0),
        ("dog", 6),
    ]
    assert shown[1] == shown[2]
    client.close()
