"""The time of an own operation, even where computers' clocks are wrong.

An own operation is later than what its registers hold, so it takes effect wherever it arrives.
Beyond that the clock follows others by at most ``FOLLOWED_MS``: a computer whose calendar says 2100
does not drag all later operations there, only those that overwrite its own.
"""

import sqlite3

from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.journal.operations import Act, LabelAct

FOLLOWED_MS = 24 * 3600 * 1000

GET = "SELECT value FROM label_state WHERE name = ?"
SET = "INSERT OR REPLACE INTO label_state VALUES (?, ?)"
LATEST_OF_IMAGES = """
WITH touched AS (SELECT value AS image_id FROM json_each(?)), named AS (
    SELECT operation_id FROM touched JOIN label_pair USING (image_id)
    UNION SELECT operation_id FROM touched JOIN label_clear USING (image_id)
    UNION SELECT operation_id FROM touched JOIN label_mark USING (image_id))
SELECT max(stamp) FROM named JOIN label_operation ON id = operation_id
"""
LATEST_OF_LABEL = """
SELECT max(name_stamp, color_stamp, position_stamp, deleted_stamp, merged_into_stamp,
    negative_stamp)
FROM label WHERE id = ?
"""


def own_time(connection: sqlite3.Connection, act: Act, images: str) -> str:
    """Return the time of an own operation, advancing the clock; ``images``: JSON array of ids."""
    note_times(connection, (_state(connection, "clock"),))
    time = hlc.next_time(_followed(_state(connection, "clock")))
    if _state(connection, "future") >= time:
        latest = _latest(connection, act, images)
        if latest >= time:
            return hlc.next_time(latest)
    connection.execute(SET, ("clock", time))
    return time


def note_times(connection: sqlite3.Connection, times: tuple[str, ...]) -> None:
    """Advance the clock by times of others, within its limit."""
    for name, found in (
        ("clock", [time for time in times if is_near(time)]),
        ("future", [time for time in times if not is_near(time)]),
    ):
        latest = max(found, default=hlc.ZERO)
        if latest > _state(connection, name):
            connection.execute(SET, (name, latest))


def is_near(time: str) -> bool:
    """Say whether a time is at most as far ahead as the clock follows."""
    return time < hlc.next_time(hlc.ZERO, hlc.wall_ms() + FOLLOWED_MS)


def _followed(time: str) -> str:
    return time if is_near(time) else hlc.ZERO


def _latest(connection: sqlite3.Connection, act: Act, images: str) -> str:
    """Return the time of the latest operation that the act’s registers hold."""
    if isinstance(act, LabelAct):
        row = connection.execute(LATEST_OF_LABEL, (act.label,)).fetchone()
    else:
        row = connection.execute(LATEST_OF_IMAGES, (images,)).fetchone()
    stamp = str(row[0] or "") if row else ""
    return stamp.split(" ", 1)[0] or hlc.ZERO


def _state(connection: sqlite3.Connection, name: str) -> str:
    row = connection.execute(GET, (name,)).fetchone()
    return str(row[0]) if row else hlc.ZERO
