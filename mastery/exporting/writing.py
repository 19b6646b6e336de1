"""CSV, JSON Lines and Parquet of any layout, one piece at a time, whatever the number of rows.

Spreadsheets run a cell that begins like a formula. In CSV and tab-delimited files such a text cell gets an
apostrophe before it; numbers, times and JSON are left as they are, since none of ours begins so (a negative
number is written as a number).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from mastery.errors import ParquetNotInstalled
from mastery.exporting.columns import SCHEMA_VERSION, Column, Layout, Row, Type

ROWS_AT_ONCE = 500
ROWS_IN_A_GROUP = 5000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("  @cmd"), harmless("a = b")
    ("'=1+1", "'  @cmd", 'a = b')
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def time_text(moment: datetime) -> str:
    """Return a moment in UTC to the millisecond.

    Examples
    --------
    >>> time_text(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cell(value: Any, column: Column) -> str:
    """Return one value as a cell of a spreadsheet; a missing one is empty."""
    if value is None:
        return ""
    if column.type is Type.TIME:
        return time_text(value)
    if column.type is Type.BOOLEAN:
        return "true" if value else "false"
    if column.type is Type.JSON:
        return compact(value)
    return harmless(str(value)) if column.type is Type.TEXT else str(value)


def plain(value: Any, column: Column) -> Any:
    """Return one value as JSON data."""
    return time_text(value) if column.type is Type.TIME and value is not None else value


def compact(value: Any) -> str:
    """Return JSON in one line and in one way only."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def csv_pieces(layout: Layout, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180, UTF-8) with a header."""
    cells = ([cell(value, column) for value, column in zip(row, layout.columns, strict=True)] for row in rows)
    return delimited(layout.names, cells, delimiter=",")


def delimited(header: Iterable[str], rows: Iterable[Iterable[str]], *, delimiter: str) -> Iterator[bytes]:
    """Yield a delimited file of finished cells."""
    yield _lines([header], delimiter=delimiter)
    for batch in batches(rows, ROWS_AT_ONCE):
        yield _lines(batch, delimiter=delimiter)


def json_line_pieces(layout: Layout, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield one JSON object a line, each with the version of the schema."""
    for batch in batches(rows, ROWS_AT_ONCE):
        yield b"".join(_json_line(layout, row) for row in batch)


def parquet_pieces(layout: Layout, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a Parquet file, a row group at a time.

    Raises
    ------
    ParquetNotInstalled
        If the optional package is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as exc:
        raise ParquetNotInstalled from exc
    return _parquet(layout, rows, pa=pa, pq=pq)


def _parquet(layout: Layout, rows: Iterable[Row], *, pa: Any, pq: Any) -> Iterator[bytes]:
    types = {
        Type.TEXT: pa.string(),
        Type.INTEGER: pa.int64(),
        Type.NUMBER: pa.float64(),
        Type.BOOLEAN: pa.bool_(),
        Type.TIME: pa.timestamp("ms", tz="UTC"),
        Type.JSON: pa.string(),
    }
    fields = [
        pa.field(one.name, types[one.type], one.is_nullable, {"meaning": one.meaning})
        for one in layout.columns
    ]
    schema = pa.schema(fields, metadata={"schema_version": SCHEMA_VERSION})
    sink = _Drained()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for batch in batches(rows, ROWS_IN_A_GROUP):
            turned = zip(*batch, strict=True)
            arrays = [
                pa.array([_for_arrow(value, column) for value in values], field.type)
                for values, column, field in zip(turned, layout.columns, fields, strict=True)
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            yield sink.drain()
    yield sink.drain()


def _for_arrow(value: Any, column: Column) -> Any:
    if value is None or column.type is not Type.JSON:
        return value
    return compact(value)


class _Drained(io.RawIOBase):
    """A file to write to of which only what was not taken yet is kept."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._kept.append(piece)
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def drain(self) -> bytes:
        taken, self._kept = b"".join(self._kept), []
        return taken


def _lines(rows: Iterable[Iterable[str]], *, delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _json_line(layout: Layout, row: Row) -> bytes:
    values = {column.name: plain(value, column) for value, column in zip(row, layout.columns, strict=True)}
    told = json.dumps({"schema_version": SCHEMA_VERSION} | values, ensure_ascii=False, separators=(",", ":"))
    return told.encode() + b"\n"


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of at most ``size`` rows.

    Examples
    --------
    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


Writer = Callable[[Layout, Iterable[Row]], Iterator[bytes]]
