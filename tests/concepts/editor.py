"""One of two editors who change the same graph at the same time; run as a process of its own."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import django


def main(seed: int, edits: int, meeting: Path) -> None:
    django.setup()
    from concepts.errors import ConceptsError
    from concepts.models import Subject
    from concepts.services.editing import add_prerequisite
    from graphs.errors import GraphError

    rng = random.Random(seed)
    subject = Subject.objects.get()
    concepts = list(subject.concepts.all())
    meet(seed, meeting)
    for _ in range(edits):
        first, second = rng.sample(concepts, 2)
        try:
            add_prerequisite(subject, prerequisite=first, dependent=second, author=None, reason=str(seed))
        except (GraphError, ConceptsError):
            continue  # a circle or an edge that is there: exactly what the other one raced for


def meet(seed: int, meeting: Path) -> None:
    """Wait until the other one is here too, so that both begin at the same moment."""
    (meeting / f"editor-{seed}").touch()
    while len(list(meeting.glob("editor-*"))) < 2:
        time.sleep(0.001)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
