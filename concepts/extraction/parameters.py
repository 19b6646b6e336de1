"""The committed numbers of the embedded engine, read from ``parameters.json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PARAMETER_FILE = Path(__file__).with_name("parameters.json")


@dataclass(frozen=True, slots=True)
class ConceptParameters:
    """How much each sign for a concept is believed (probabilities), and what is too little.

    These are judgements, checked by reading results; only the edge weights are fitted.
    """

    heading: float = 0.6
    heading_part: float = 0.45
    heading_word: float = 0.3
    unused_heading_factor: float = 0.75
    stress: float = 0.35
    stressed_word: float = 0.2
    stressed_word_uses: int = 4
    frequency: float = 0.4
    weak_wording_factor: float = 0.5
    least_c_value: float = 4.0
    least_frequency: int = 6
    least_sections: int = 3
    least_noun_share: float = 0.45
    least_head_share: float = 0.4
    most_document_share: float = 0.7
    frequent_word: float = 0.35
    lone_word_factor: float = 0.5
    stress_defines: float = 0.3
    lone_definition: float = 0.6
    propose: float = 0.35
    publish: float = 0.4
    most_concepts: int = 2000
