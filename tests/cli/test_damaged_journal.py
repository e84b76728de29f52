"""What stands in the journal and cannot be used ends no command: it is told beside the answer."""

import boto3
import pytest

from cloudanno_desktop.cli.main import DONE, FAILED, LEFT_OUT
from cloudanno_desktop.labels.journal.operations import object_key


@pytest.fixture
def client(s3_endpoint, aws_keys):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="journal")
    yield client
    client.close()


def test_one_unreadable_object_stops_only_what_needs_the_whole_truth(
    run, photos, tmp_path, client, s3_endpoint
):
    def ask(command, *rest):
        return run(command, "s3://journal", *rest, "--endpoint-url", s3_endpoint)

    def file():
        return client.get_object(Bucket="journal", Key="_annotations.json")["Body"].read()

    assert ask("upload", photos, "--labels-from-folders").code == DONE
    client.put_object(Bucket="journal", Key=object_key("eve", 1), Body=b"\x00damaged")
    before = file()

    assert ask("status", "--json").document["labeled"] == 12
    for command in (
        ("status",),
        ("scan",),
        ("labels", "create", "cow"),
        ("label", "add", "cow", "photos/cat/cat0.jpg"),
        ("sync",),
        ("download", tmp_path / "down"),
        ("upload", photos, "--label", "cat"),
    ):
        result = ask(*command)
        assert result.code == LEFT_OUT, result
        assert object_key("eve", 1) in result.err
    assert file() == before
    refused = ask("train")
    assert refused.code == FAILED
    assert "--without-damaged" in refused.err

    assert ask("sync", "--without-damaged").code == LEFT_OUT
    assert file() != before
    client.delete_object(Bucket="journal", Key=object_key("eve", 1))
    client.put_object(Bucket="journal", Key=object_key("eve", 2), Body=b"")
    assert ask("status").code == LEFT_OUT
