"""Gives operations of beyond the year 9999 their place, where they were stored as written.

Databases of before took such times as they stood, and made own operations with times that others
refused. Once such operations have the stamps that they have everywhere, each takes effect again:
registers are joins, so the latest one stays.
"""

import sqlite3

from cloudanno_desktop.labels.journal import hlc as clock
from cloudanno_desktop.labels.journal import local_journal as ledger
from cloudanno_desktop.labels.journal.operations import FORMAT, Header, decode_operation
from cloudanno_desktop.labels.journal.sql_registers import is_multi_label, show_again
from cloudanno_desktop.labels.transaction import Writing

DONE = "recounted"
FAR = """
SELECT o.id, o.stamp, o.writer_no, w.id, o.sequence, o.position, o.body FROM label_operation AS o
JOIN label_writer AS w ON w.no = o.writer_no WHERE o.stamp >= ?
"""
SET_STAMP = "UPDATE label_operation SET stamp = ? WHERE id = ?"


def needs_recount(connection: sqlite3.Connection) -> bool:
    """Say whether the database may hold operations that stand where they were written."""
    is_done = ledger.get_state(connection, DONE)
    return not is_done and ledger.get_state(connection, "future", clock.ZERO) >= clock.END


def recount(writing: Writing) -> None:
    """Let operations of beyond the end count as they do on all computers."""
    connection = writing.connection
    found = []
    for row_id, stamp, no, writer, sequence, position, body in connection.execute(
        FAR, (clock.END,)
    ):
        header = Header(FORMAT, writer, sequence, ledger.seen_by(connection, no, sequence))
        fresh = str(header.stamp(stamp[: len(clock.END)], position))
        found.append((ledger.Row(row_id, fresh, no), stamp, body))
    for row, stamp, _ in found:
        connection.execute(SET_STAMP, (row.stamp, row.id))
        for statement in ledger.MOVE_PROPERTY:
            connection.execute(statement, (row.stamp, stamp))
    for row, _, body in found:
        if body is not None:
            writing.apply_again(row, decode_operation(body))
    show_again(connection, many=is_multi_label(connection))
    writing.note_change(None)
    ledger.set_state(connection, "future", clock.END)
    ledger.set_state(connection, DONE, 1)
