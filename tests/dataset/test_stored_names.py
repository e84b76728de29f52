"""Files that older versions wrote keep their words."""

import msgspec

from cloudanno_desktop.cli.train_command import _train_options
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.publish.branch_format import VersionFile


def test_a_run_of_an_older_version_keeps_its_mode():
    assert msgspec.json.decode(b'{"gear": "full"}', type=TrainOptions).mode == "full"
    assert b'"gear":"full"' in msgspec.json.encode(TrainOptions(mode="full"))


def test_the_mode_of_the_command_line_reaches_the_run():
    options = _train_options({"gear": "full", "formats": "keras", "weights": ""})
    assert options.mode == "full"


def test_a_version_in_the_bucket_holds_its_model_card_as_passport():
    assert "passport" in VersionFile.__struct_encode_fields__
