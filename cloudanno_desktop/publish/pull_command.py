"""The command that gets a published model on another computer."""

import os
import shlex
import subprocess

from cloudanno_desktop.bucket.connections.address import ProjectAddress


def pull_command(address: ProjectAddress, branch: str) -> str:
    """Return one line for a shell, with all that another computer cannot know but the keys."""
    words = ["cloudanno", "pull", address.location, "./model", "--branch", branch, "--watch"]
    region = address.connection.region if address.connection else ""
    for option, value in (("--endpoint-url", address.endpoint), ("--region", region)):
        words += [option, value] if value else []
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
