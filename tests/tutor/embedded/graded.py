"""Two small sets of graded answers on disk, in the format of the benchmarks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

TOPICS = {
    "beetle": ["current", "voltage", "battery", "bulb", "switch", "terminal", "circuit", "gap"],
    "scientsbank": ["magnet", "mineral", "planet", "water", "sound", "plant", "heat", "metal"],
}


def write_sets(folder: Path) -> Path:
    """Write a training file and a test file for each set under ``grading``, and one file of statements."""
    for group, topics in TOPICS.items():
        rows = [row for topic in topics for row in _rows(topic)]
        home = folder / "grading" / group
        home.mkdir(parents=True)
        write_rows(home / "train.jsonl.gz", rows)
        write_rows(home / "unseen-answers.jsonl.gz", rows[:12])
    (folder / "graphs").mkdir()
    concepts = [{"id": "x", "text": "The tide rises because the moon pulls on the sea. See `code` here."}]
    (folder / "graphs" / "sea.json").write_text(json.dumps({"concepts": concepts}))
    return folder


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write rows as gzipped JSON lines."""
    with gzip.open(path, "wt") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)


def _rows(topic: str) -> list[dict[str, object]]:
    answers = [
        (f"because energy of the {topic} is moving to the left", 1.0, "correct"),
        (f"the {topic} is not higher because energy stays away from it", 0.0, "contradictory"),
        ("I like to play football with my friends on Sunday", 0.0, "incorrect"),
        (f"energy moves to the left so the {topic} gets higher", 1.0, "correct"),
    ]
    return [
        {
            "id": f"{topic}{number}",
            "question_id": topic,
            "question": f"Why does the {topic} change?",
            "references": [
                f"The {topic} is higher because the energy of the {topic} moves to the left side."
            ],
            "answer": answer,
            "label": label,
            "score": score,
        }
        for number, (answer, score, label) in enumerate(answers)
    ]
