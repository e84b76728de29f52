"""What the user chose, kept as one readable JSON file without secrets.

The window's geometry is not here; Qt keeps that.
"""

import getpass
from decimal import Decimal
from pathlib import Path

import msgspec

from cloudanno_desktop import paths
from cloudanno_desktop.files import read_json, write_json

RECENT_LIMIT = 12


class RecentProject(msgspec.Struct, frozen=True):
    title: str
    location: str
    connection: str = ""
    is_favorite: bool = False  # the user gave it a star; it stays however many others are opened

    def is_same(self, other: "RecentProject") -> bool:
        return (self.location, self.connection) == (other.location, other.connection)


class Prices(msgspec.Struct, frozen=True):
    """What the user's storage service asks for; none is known before it was entered.

    Attributes:
        list_requests: price of 1000 requests of that kind, as are the next three.
        gigabyte_out: price of 1,000,000,000 bytes received.
    """

    currency: str = ""
    list_requests: Decimal | None = None
    write_requests: Decimal | None = None
    read_requests: Decimal | None = None
    delete_requests: Decimal | None = None
    gigabyte_out: Decimal | None = None

    @property
    def is_set(self) -> bool:
        return self != Prices(self.currency)


class Settings(msgspec.Struct, frozen=True):
    author: str = ""
    theme: str = "system"
    thumbnail_px: int = 160
    parallel_transfers: int = 16
    upload_limit_kb_s: int = 0  # bound on all uploads, in 1000 bytes a second; 0 for none
    download_limit_kb_s: int = 0
    existing: str = "rename"  # where a name is taken: ``rename``, ``skip``, ``overwrite``, ``ask``
    refresh_s: int = 60
    uses_trash: bool = True
    filters: tuple[str, ...] = ()
    thumbnail_cache_mb: int = 2000
    originals_cache_mb: int = 20_000
    prices: Prices = Prices()
    recent: tuple[RecentProject, ...] = ()

    @property
    def author_name(self) -> str:
        """The name that goes into the journal: the chosen one, else the login name."""
        return self.author or _login_name()

    def with_recent(self, project: RecentProject) -> "Settings":
        """Return settings with ``project`` first among the recent ones; its star stays."""
        had_star = any(p.is_favorite for p in self.recent if p.is_same(project))
        first = msgspec.structs.replace(project, is_favorite=project.is_favorite or had_star)
        others = self.without_recent(project).recent
        room = RECENT_LIMIT - 1
        kept = [p for i, p in enumerate(others) if p.is_favorite or i < room]
        return msgspec.structs.replace(self, recent=(first, *kept))

    def without_recent(self, project: RecentProject) -> "Settings":
        others = tuple(p for p in self.recent if not p.is_same(project))
        return msgspec.structs.replace(self, recent=others)

    def with_star(self, project: RecentProject, *, is_favorite: bool) -> "Settings":
        changed = msgspec.structs.replace(project, is_favorite=is_favorite)
        recent = tuple(changed if p.is_same(project) else p for p in self.recent)
        return msgspec.structs.replace(self, recent=recent)

    def projects(self) -> tuple[RecentProject, ...]:
        """Return the projects as lists show them: favorites first, then the latest."""
        return tuple(sorted(self.recent, key=lambda project: not project.is_favorite))

    def places(self) -> tuple[RecentProject, ...]:
        """Return the projects in an order that opening one of them does not change."""
        by_name = sorted(
            self.recent, key=lambda project: (project.title.casefold(), project.location)
        )
        return tuple(sorted(by_name, key=lambda project: not project.is_favorite))


def load_settings() -> Settings:
    """Read the settings; defaults where there is no file. Raises ``FileProblem``."""
    return read_json(_path(), Settings, Settings())


def save_settings(settings: Settings) -> None:
    write_json(_path(), settings)


def _path() -> Path:
    return paths.config_dir() / "settings.json"


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
