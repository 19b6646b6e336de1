"""Small courses for tests: marked-up text into material with blocks, marks and passages."""

from __future__ import annotations

import re

from concepts.extraction.material import Material, MaterialDocument, MaterialPassage
from research.parsing.structure import Block, BlockKind, Mark, MarkKind

_MARKS = re.compile(
    r"\*\*(?P<strong>[^*]+)\*\*|\*(?P<emphasis>[^*]+)\*|`(?P<code>[^`]+)`|\[(?P<link>[^]]+)\]\((?P<to>[^)]+)\)"
)


def document(markup: str, *, key: str = "d", passage_blocks: int = 3) -> MaterialDocument:
    """Read paragraphs set apart by blank lines: ``# heading``, ``- item``, ``*stress*``, links."""
    text = ""
    blocks: list[Block] = []
    marks: list[Mark] = []
    for part in re.split(r"\n\s*\n", markup.strip()):
        raw = " ".join(part.split())
        level = len(raw) - len(raw.lstrip("#"))
        kind = (
            BlockKind.HEADING
            if level
            else BlockKind.LIST_ITEM
            if raw.startswith("- ")
            else BlockKind.PARAGRAPH
        )
        raw = raw.lstrip("#- ").strip()
        text += "\n\n" if text else ""
        start = len(text)
        at = 0
        for match in _MARKS.finditer(raw):
            text += raw[at : match.start()]
            name = match.lastgroup if match.lastgroup != "to" else "link"
            words = match[name or "code"]
            marks.append(Mark(MarkKind(name or "code"), len(text), len(text) + len(words), match["to"] or ""))
            text += words
            at = match.end()
        text += raw[at:]
        blocks.append(Block(kind, start, len(text), level))
        if level:
            marks.append(Mark(MarkKind.ANCHOR, start, start, raw.casefold().replace(" ", "-")))
    passages = tuple(
        MaterialPassage(f"{key}-{number}", group[0].start, group[-1].end)
        for number, group in enumerate(
            blocks[at : at + passage_blocks] for at in range(0, len(blocks), passage_blocks)
        )
    )
    title = next((text[b.start : b.end] for b in blocks if b.kind is BlockKind.HEADING), key)
    return MaterialDocument(key, title, text, passages, tuple(blocks), tuple(marks), f"http://course/{key}")


def course(*markups: str) -> Material:
    """Return material whose documents are these texts, in this order."""
    return Material(tuple(document(markup, key=f"d{number}") for number, markup in enumerate(markups)))


GARDEN = (
    """
    # Soil

    **Soil** is a mixture of minerals, water, air and decayed plants. Every garden begins with soil, and good
    soil is half the work of a gardener. We call the decayed part of soil *humus*. Humus holds water in dry
    weeks and feeds the plants slowly. Gardeners add humus to soil every spring.

    # Nutrients

    A nutrient is a substance that a plant takes from the soil in order to grow. Rich soil holds many
    nutrients; poor soil holds few nutrients. Humus releases nutrients when it rots.
    """,
    """
    # Fertilizers

    A fertilizer is a substance added to the soil in order to supply nutrients. Each fertilizer names its
    nutrients on the bag. Too much fertilizer burns the roots of a plant.

    ## Organic fertilizers

    An organic fertilizer is a fertilizer made of plants or animals, such as compost. An organic fertilizer
    also builds humus. Many gardeners prefer an organic fertilizer.

    # Introduction

    In this handout we looked at several things. See the [nutrients](http://course/d0#nutrients) handout.
    """,
    """
    # Crop rotation

    Crop rotation means growing other plants in the same soil each year. Crop rotation saves nutrients, so
    that less fertilizer is needed. Beans in a crop rotation even add nutrients to the soil.
    """,
)
