"""Sentences of the sample course said again by hand, truly and falsely: errors are counted, not hidden."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tutor.distortions import distortion
from tutor.support import LEAST_SUPPORT, nearness
from vectorstore.ports import Embedder

pytestmark = pytest.mark.weights
TABLE = Path(__file__).with_name("gold_support.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))


def test_few_true_sentences_are_refused_and_most_false_ones_are(minilm: Embedder) -> None:
    accepted = {"yes": 0, "no": 0}
    for row in ROWS:
        rows = [row["source"]]
        near = nearness(row["text"], rows, names=set(), embedder=minilm)
        accepted[row["supported"]] += near >= LEAST_SUPPORT and distortion(row["text"], rows) is None
    half = len(ROWS) / 2
    assert accepted["yes"] / half >= 0.9
    # Falsehoods in quite other words are what rules see least.
    assert accepted["no"] / half <= 0.4
