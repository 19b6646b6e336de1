"""Writes records for research: columns that are described once, and every file format; pure."""
