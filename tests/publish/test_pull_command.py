"""The command that the window offers for another computer."""

import shlex

import pytest

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.cli.options import ProjectOptions, resolve
from cloudanno_desktop.cli.pull_command import pull
from cloudanno_desktop.publish.pull_command import pull_command
from cloudanno_desktop.settings import Settings

LAB = Connection(name="lab", endpoint_url="http://10.0.0.7:9000", access_key_id="AKIA")


@pytest.mark.parametrize(
    "address",
    [
        ProjectAddress("s3://birds", Connection()),
        ProjectAddress("s3://birds", LAB),
        ProjectAddress("s3://birds/spring walk", LAB),
        ProjectAddress("s3://birds/it's $HOME", Connection(name="eu", region="eu-de")),
        ProjectAddress("/photos of birds"),
    ],
)
def test_the_command_leads_another_computer_to_the_same_project(address):
    words = shlex.split(pull_command(address, "dev test"))
    assert words[:2] == ["cloudanno", "pull"]
    given = pull.make_context("pull", words[2:]).params
    assert (given["branch"], given["forever"]) == ("dev test", True)
    own = {name: given[name] for name in ProjectOptions.__slots__}
    there, _secret = resolve(ProjectOptions(**own), Settings())
    assert (there.location, there.endpoint) == (address.location, address.endpoint)
    if address.connection is not None:
        assert there.connection.region == address.connection.region


def test_the_command_names_a_service_of_the_environment_too(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:5077")
    address = ProjectAddress("s3://birds", Connection())
    assert "--endpoint-url http://127.0.0.1:5077" in pull_command(address, "dev")


def test_the_command_says_nothing_of_keys_and_names_of_this_computer():
    command = pull_command(ProjectAddress("s3://birds", LAB), "dev")
    assert "lab" not in command
    assert "AKIA" not in command
