"""Every format that records can be exported in, by the name that command and API know it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mastery.exporting.tries import datashop_pieces, pybkt_pieces
from mastery.exporting.writing import Writer, csv_pieces, json_line_pieces, parquet_pieces


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    title, suffix, content_type : str
    write : Writer or None
        None: written by the caller, since it needs to know more than the rows.
    only_events : bool
        Whether it is made of event records alone.
    """

    title: str
    suffix: str
    content_type: str
    write: Writer | None
    only_events: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "csv": Format("CSV", ".csv", "text/csv; charset=utf-8", csv_pieces),
        "jsonl": Format("JSON Lines", ".jsonl", "application/x-ndjson", json_line_pieces),
        "parquet": Format("Parquet", ".parquet", "application/vnd.apache.parquet", parquet_pieces),
        "datashop": Format(
            "DataShop transactions",
            ".txt",
            "text/tab-separated-values; charset=utf-8",
            datashop_pieces,
            only_events=True,
        ),
        "pybkt": Format("pyBKT", ".csv", "text/csv; charset=utf-8", pybkt_pieces, only_events=True),
        "xapi": Format("xAPI statements", ".jsonl", "application/x-ndjson", None, only_events=True),
    }
)
