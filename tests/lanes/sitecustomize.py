"""Make the modules named in ``ABSENT_MODULES`` unimportable, here and in every child process."""

import os
import sys


class AbsentModules:
    """Finder that says that some packages are not installed."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        """Refuse the named packages; leave the rest to the next finder."""
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r} in this lane", name=name)


if os.environ.get("ABSENT_MODULES"):
    sys.meta_path.insert(0, AbsentModules(frozenset(os.environ["ABSENT_MODULES"].split())))
