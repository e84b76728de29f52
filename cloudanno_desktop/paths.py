"""Where the program keeps its files, and how it starts itself as a child process.

``CLOUDANNO_HOME`` moves everything below one folder (tests, portable installs).
"""

import hashlib
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import platformdirs

APP_NAME = "CloudAnno"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def config_dir() -> Path:
    """Return the folder of settings and connections; created if missing."""
    return _dir("config", platformdirs.user_config_path)


def data_dir() -> Path:
    """Return the folder of what must not be lost (project databases, runs); created if missing."""
    return _dir("data", platformdirs.user_data_path)


def cache_dir() -> Path:
    return _dir("cache", platformdirs.user_cache_path)


def thumbnails_file() -> Path:
    """Return the file of all thumbnails; its number changes with its form and look."""
    return cache_dir() / "thumbnails-3.db"


def project_dir(address: str) -> Path:
    """Return the local folder of a project, named by a hash; created if missing."""
    name = hashlib.blake2b(address.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    path = data_dir() / "projects" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def log_dir() -> Path:
    """Return the folder of the application log; created if missing."""
    return _made(data_dir() / "log")


def log_file() -> Path:
    return log_dir() / "cloudanno.log"


def originals_dir() -> Path:
    """Return the folder of downloaded original pictures, named by hash; created if missing."""
    return _made(cache_dir() / "originals")


def features_dir() -> Path:
    """Return the folder of cached picture features and converted backbones; created if missing."""
    return _made(cache_dir() / "features")


def resources_dir() -> Path:
    package = Path(__file__).resolve().parent
    packaged = package / "resources"
    return packaged if packaged.is_dir() else package.parent / "resources"


def cli_command() -> list[str]:
    """Return the command that starts this program's command line as a child process.

    A frozen windowed program has no standard streams, so its console sibling is started instead.
    """
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "cloudanno_desktop"]
    here = Path(sys.executable)
    return [str(here.with_name("cloudanno" + here.suffix))]


def _dir(kind: str, user_path: Callable[..., Path]) -> Path:
    home = os.environ.get("CLOUDANNO_HOME")
    return _private(Path(home) / kind if home else user_path(APP_NAME, appauthor=False))


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _private(path: Path) -> Path:
    """Close a folder to other users of the computer: it holds photos, labels and addresses."""
    _made(path)
    if os.name == "posix" and path.stat().st_mode & OTHERS:
        with suppress(PermissionError):  # it belongs to somebody else, who decides
            path.chmod(stat.S_IRWXU)
    return path
