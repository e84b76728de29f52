"""Repairs the stamps of operations from beyond the year 9999 in older databases.

Older versions stored such times as they were written. Once the operations have the stamps that they
have on all computers, each is applied again: registers are joins, so the latest one wins.
"""

import sqlite3

from cloudanno_desktop.labels.journal import hlc, local_journal
from cloudanno_desktop.labels.journal.operations import FORMAT, Header, decode_operation
from cloudanno_desktop.labels.journal.sql_registers import is_multi_label, show_again
from cloudanno_desktop.labels.transaction import Transaction

DONE = "recounted"
FAR = """
SELECT o.id, o.stamp, o.writer_no, w.id, o.sequence, o.position, o.body FROM label_operation AS o
JOIN label_writer AS w ON w.no = o.writer_no WHERE o.stamp >= ?
"""
SET_STAMP = "UPDATE label_operation SET stamp = ? WHERE id = ?"


def needs_repair(connection: sqlite3.Connection) -> bool:
    is_done = local_journal.get_state(connection, DONE)
    return not is_done and local_journal.get_state(connection, "future", hlc.ZERO) >= hlc.END


def repair_stamps(writing: Transaction) -> None:
    connection = writing.connection
    found = []
    for row_id, stamp, no, writer, sequence, position, body in connection.execute(FAR, (hlc.END,)):
        header = Header(FORMAT, writer, sequence, local_journal.seen_by(connection, no, sequence))
        fresh = str(header.stamp(stamp[: len(hlc.END)], position))
        found.append((local_journal.Row(row_id, fresh, no), stamp, body))
    for row, stamp, _ in found:
        connection.execute(SET_STAMP, (row.stamp, row.id))
        for statement in local_journal.MOVE_PROPERTY:
            connection.execute(statement, (row.stamp, stamp))
    for row, _, body in found:
        if body is not None:
            writing.apply_again(row, decode_operation(body))
    show_again(connection, many=is_multi_label(connection))
    writing.note_change(None)
    local_journal.set_state(connection, "future", hlc.END)
    local_journal.set_state(connection, DONE, 1)
