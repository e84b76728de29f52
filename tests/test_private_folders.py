"""Other users of the computer see neither photos nor labels nor addresses."""

import os
import stat

import pytest

from cloudanno_desktop import paths

needs_modes = pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")


@needs_modes
@pytest.mark.parametrize("folder", [paths.config_dir, paths.data_dir, paths.cache_dir])
def test_folders_of_the_program_are_closed_to_others_at_each_start(folder):
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700
    folder().chmod(0o755)  # as an older version left it
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700
