"""Collects what practice items on a concept may be made of: passages, and the other concepts."""

from __future__ import annotations

from concepts.models import Concept
from concepts.services.graphs_of import display_graph
from tutor.errors import NotEnoughToTeach
from tutor.items.ports import Neighbour, PracticeTask
from tutor.services.retrieving import definition_of, definitions_of, passages_on

MOST_NEIGHBOURS = 400


def gather_practice(concept: Concept) -> PracticeTask:
    """Return what an engine may know to write items on ``concept``; the same for every learner.

    Raises ``NotEnoughToTeach`` where no passage speaks of it.
    """
    definition = definition_of(concept)
    passages = passages_on(concept, definition=definition)
    if not passages:
        raise NotEnoughToTeach(concept.name, missing="no passage speaks of it")
    return PracticeTask(
        concept=concept.name,
        aliases=tuple(concept.aliases),
        definition=definition,
        passages=tuple(passages),
        neighbours=tuple(_neighbours(concept)),
    )


def _neighbours(concept: Concept) -> list[Neighbour]:
    """The other published concepts; siblings first, so that a large subject loses none of them."""
    siblings = _siblings(concept)
    rows = Concept.objects.published().filter(subject=concept.subject_id).exclude(pk=concept.pk)
    ordered = sorted(rows, key=lambda row: (str(row.pk) not in siblings, row.position, row.key))[
        :MOST_NEIGHBOURS
    ]
    definitions = definitions_of(row.pk for row in ordered)
    return [
        Neighbour(
            name=row.name,
            aliases=tuple(row.aliases),
            definition=definitions[row.pk].quote if row.pk in definitions else "",
            is_sibling=str(row.pk) in siblings,
        )
        for row in ordered
    ]


def _siblings(concept: Concept) -> set[str]:
    """Ids of the concepts that share a prerequisite or a dependent with ``concept``."""
    graph, key = display_graph(concept.subject), str(concept.pk)
    if key not in graph:
        return set()
    below = {other for parent in graph.pred[key] for other in graph.succ[parent]}
    above = {other for child in graph.succ[key] for other in graph.pred[child]}
    return (below | above) - {key}
