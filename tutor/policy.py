"""Decide what a learner does next, and be able to say why.

The order of precedence was found on simulated learners (120 concepts, hidden mastery, forgetting, guess and
slip): the outer fringe alone leaves one learner in five short of the goal, because one prerequisite that is
believed mastered and is not wastes most of what follows. So:

1. *Remediation.* Where repeated failures have cast doubt on what a concept rests on, that comes first.
2. *Review* of what is due among the things the goals rest on, before it is forgotten; at most a few in a row.
3. *Teaching* on the outer fringe of what the goals still need, by a weighted sum (`Weights`).

No loops, no starvation: a concept that was tried more than `rest_after` times without being mastered loses
precedence and its score falls as 1 / (1 + further tries), so that anything else on the fringe overtakes it
in the end; yet it stays eligible, and where nothing else is open it is chosen again and said to be so.
Equal scores are settled by teaching order, then by id: the same situation always gives the same decision.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from graphs.fringe import outer_fringe
from graphs.paths import distance_to_goals, needed, unlocking_value
from tutor.decisions import DEFAULT_WEIGHTS, Action, Candidate, Decision, Locked, Situation, Standing, Weights
from tutor.wording import farewell, reasons, runner_up, sentence

DIGITS = 4


def choose_next(situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS) -> Decision:
    """Choose what comes next for a learner.

    Parameters
    ----------
    situation : Situation
    weights : Weights, optional

    Returns
    -------
    Decision

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> decision = choose_next(Situation(graph, {"a": Standing(0.97, mastered=True)}, goals=("c",)))
    >>> decision.concept, decision.action.value
    ('b', 'teach')
    >>> decision.reason
    'b comes next: it is 1 step before your goal c; 1 locked concept waits for it.'
    """
    decision = outline(situation, weights=weights, in_words=True)
    if decision.action is Action.NOTHING:
        return decision
    decision = replace(decision, locked=_locked(situation), left_out=_left_out(situation))
    frontier = decision.frontier
    if not frontier:
        return decision
    return replace(
        decision,
        reason=sentence(frontier[0], frontier=frontier, situation=situation, weights=weights),
        changes=_changes(frontier, situation=situation, weights=weights),
    )


def outline(situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS, in_words: bool = False) -> Decision:
    """Choose as `choose_next` does, without saying why or what would change it: for many learners at once.

    Parameters
    ----------
    situation : Situation
    weights : Weights, optional
    in_words : bool, optional
        Whether the candidates have their reasons.

    Returns
    -------
    Decision
        With an empty `reason` where there is something to choose, and without `locked`, `changes` and
        `left_out`.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b")])
    >>> decision = outline(Situation(graph))
    >>> decision.concept, [candidate.concept for candidate in decision.frontier]
    ('a', ['a', 'c'])
    """
    ended = _nothing_to_choose_from(situation)
    if ended:
        return ended
    frontier = rank(situation, weights=weights, in_words=in_words)
    if not frontier:
        return Decision(Action.DONE, None, farewell(situation), weights=weights)
    return Decision(frontier[0].action, frontier[0].concept, "", frontier=tuple(frontier), weights=weights)


def rank(
    situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS, in_words: bool = True
) -> list[Candidate]:
    """Return everything that could come next, best first; ``in_words=False`` leaves the reasons out."""
    candidates = [*_reviews(situation), *_fringe(situation, weights=weights, in_words=in_words)]
    tail = situation.recent[-weights.reviews_in_a_row :]
    had_enough = len(tail) == weights.reviews_in_a_row and all(action is Action.REVIEW for action in tail)
    precedence = [Action.REMEDIATE, Action.REVIEW, Action.TEACH]
    if had_enough:
        precedence = [Action.REMEDIATE, Action.TEACH, Action.REVIEW]
    place = {action: number for number, action in enumerate(precedence)}
    return sorted(
        candidates,
        key=lambda c: (
            place[c.action],
            -c.score,
            situation.position.get(c.concept, float("inf")),
            c.concept,
        ),
    )


def _nothing_to_choose_from(situation: Situation) -> Decision | None:
    if not len(situation.graph):
        return Decision(
            Action.NOTHING,
            None,
            "There is nothing to teach because this subject has no published concepts yet.",
        )
    if not situation.open_goals:
        return Decision(
            Action.NOTHING,
            None,
            "There is nothing to teach because your goals are no longer part of this subject; choose others.",
        )
    return None


def _reviews(situation: Situation) -> list[Candidate]:
    """Return what is due among the goals and everything they rest on."""
    due = [concept for concept in situation.mastered if situation.standing(concept).is_due]
    serving = needed(situation.graph, goals=situation.open_goals) if due else set()
    found = []
    for concept in due:
        if concept not in serving:
            continue
        standing = situation.standing(concept)
        rests = [d for d in situation.graph.succ[concept] if d in serving]
        why = ["it is due for review, before you forget it"]
        if rests:
            why.append(f"{situation.listing(rests)} {'rest' if len(rests) > 1 else 'rests'} on it")
        faded = round(1 - standing.p, DIGITS)
        parts = {"faded": faded}
        found.append(Candidate(concept, situation.name(concept), Action.REVIEW, faded, parts, tuple(why)))
    return found


def _fringe(situation: Situation, *, weights: Weights, in_words: bool) -> list[Candidate]:
    """Return the outer fringe of what the goals still need."""
    graph, goals, mastered = situation.graph, situation.open_goals, situation.mastered
    wanted = situation.wanted
    ready = outer_fringe(graph, mastered=mastered) & wanted
    steps = distance_to_goals(graph, goals=goals)
    value = unlocking_value(graph, mastered=mastered, goals=goals)
    most = max((value[concept] for concept in ready), default=0) or 1
    order = {concept: place for place, concept in enumerate(situation.in_teaching_order)}
    doubted = _in_doubt(situation, wanted=wanted, mastered=mastered, weights=weights)
    found = []
    for concept in ready:
        standing = situation.standing(concept)
        parts = {
            "closeness": round(weights.closeness / (1 + steps[concept]), DIGITS),
            "unlocking": round(weights.unlocking * value[concept] / most, DIGITS),
            "earliness": round(weights.earliness * (1 - order[concept] / len(order)), DIGITS),
            "progress": round(weights.progress * standing.p, DIGITS),
        }
        patience = 1 / (1 + max(0, standing.tries - weights.rest_after))
        failed = doubted.get(concept) if standing.tries < weights.rest_after else None
        found.append(
            Candidate(
                concept=concept,
                name=situation.name(concept),
                action=Action.REMEDIATE if failed else Action.TEACH,
                score=round(sum(parts.values()) * patience, DIGITS),
                parts=parts | {"patience": round(patience, DIGITS)},
                reasons=reasons(concept, failed=failed, steps=steps[concept], situation=situation)
                if in_words
                else (),
            )
        )
    return found


def _in_doubt(
    situation: Situation, *, wanted: Collection[str], mastered: Collection[str], weights: Weights
) -> dict[str, str]:
    """Return for each unmastered concept below a repeatedly failed one which that is."""
    found: dict[str, str] = {}
    for failed in sorted(wanted):
        if situation.standing(failed).failures < weights.remediate_after:
            continue
        for concept in needed(situation.graph, goals=[failed], mastered=mastered) - {failed}:
            found.setdefault(concept, failed)
    return found


def _locked(situation: Situation) -> tuple[Locked, ...]:
    mastered = situation.mastered
    found = []
    for concept in situation.in_teaching_order:
        if concept not in situation.wanted:
            continue
        missing = [p for p in situation.graph.predecessors(concept) if p not in mastered]
        if missing:
            name = situation.name(concept)
            reason = f"{name} waits for {situation.listing(missing)}."
            found.append(Locked(concept, name, tuple(sorted(missing)), reason))
    return tuple(found)


def _left_out(situation: Situation) -> tuple[str, ...]:
    ready = outer_fringe(situation.graph, mastered=situation.mastered) - situation.wanted
    return tuple(situation.name(c) for c in situation.in_teaching_order if c in ready)


def _changes(frontier: Sequence[Candidate], *, situation: Situation, weights: Weights) -> tuple[str, ...]:
    """Return what would change the choice; what is said of mastering it was reckoned, not guessed."""
    chosen = frontier[0]
    said = []
    if chosen.action is not Action.REVIEW:
        said.append(_after_mastering(chosen, situation=situation, weights=weights))
        below = list(situation.graph.pred[chosen.concept])
        if below:
            said.append(
                f"If you miss {chosen.name} {weights.remediate_after} times in a row, what it rests on "
                f"({situation.listing(below)}) comes into doubt and may come first."
            )
    if len(frontier) > 1:
        said.append(runner_up(chosen, frontier[1]))
    return tuple(said)


def _after_mastering(chosen: Candidate, *, situation: Situation, weights: Weights) -> str:
    standings = dict(situation.standings) | {chosen.concept: Standing(1.0, mastered=True)}
    after = Situation(
        situation.graph, standings, situation.goals, situation.names, situation.position, situation.recent
    )
    following = rank(after, weights=weights)
    then = f"{following[0].name} comes next" if following else "everything you set out for is mastered"
    return f"Once {chosen.name} is mastered, {then}."
