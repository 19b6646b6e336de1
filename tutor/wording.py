"""Say in plain words why a concept comes next."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.decisions import Action, Candidate, Situation, Weights


def reasons(number: int, *, failed: int | None, situation: Situation) -> tuple[str, ...]:
    """Return what speaks for a concept on the fringe, the weightiest first."""
    standing = situation.standing_at(number)
    why = []
    if failed is not None:
        times = situation.standing_at(failed).failures
        why.append(
            f"you missed {situation.name_at(failed)} {times} times in a row, and it rests on this, "
            "which may be what is missing"
        )
    if situation.goals:
        why.append(_distance_in_words(number, situation=situation))
    mastered = situation.state.mastered
    waiting = [above for above in situation.compiled.dependents[number] if above not in mastered]
    opened = situation.state.unlocked_by(number) if len(waiting) > 1 else waiting
    if len(opened) > 1:
        why.append(f"it opens {situation.list_numbers(opened)}")
    elif waiting:
        why.append(
            f"{len(waiting)} locked concepts wait for it"
            if len(waiting) > 1
            else "1 locked concept waits for it"
        )
    if standing.tries:
        why.append(f"you have begun it: belief {standing.p:.0%}")
    return tuple(why) or ("everything it rests on is mastered",)


def why_confirm(above: int | None, *, situation: Situation) -> tuple[str, ...]:
    """Return why something that counts as mastered is checked again: a goal, or what is to be built on."""
    if above is None:
        return ("it is one of your goals, and one more check makes sure of it before you are done",)
    name, failures = situation.name_at(above), situation.standing_at(above).failures
    if failures:
        times = f"{failures} times in a row" if failures > 1 else "once"
        return (f"you missed {name} {times}, and this, which it rests on, may have slipped away",)
    return (f"{name} rests on it, and it was some time ago that you showed it",)


def _distance_in_words(number: int, *, situation: Situation) -> str:
    steps, reach = situation.steps(number), situation.reach
    if steps == 0 or reach is None:
        return "it is one of your goals"
    nearest = situation.name_at(situation.goal_numbers[reach.nearest[number]])
    return f"it is {steps} step{'s' if steps > 1 else ''} before your goal {nearest}"


def farewell(situation: Situation) -> str:
    """Return what is said when everything was reached."""
    if situation.goals:
        reached = situation.listing(situation.open_goals)
        return f"All your goals are mastered: {reached}. Nothing is due for review."
    return "You have mastered every concept of this subject, and nothing is due for review."


def sentence(
    chosen: Candidate, *, frontier: Sequence[Candidate], situation: Situation, weights: Weights
) -> str:
    """Return why the first of the frontier was chosen."""
    said = f"{chosen.name} comes next: {'; '.join(chosen.reasons)}."
    if situation.standing(chosen.concept).tries > weights.rest_after:
        still = "even so it weighs most" if len(frontier) > 1 else "nothing else is open"
        said += f" It was hard so far, but {still}; the next lesson takes another way."
    return said


def runner_up(chosen: Candidate, second: Candidate) -> str:
    """Return how far behind the second is, and what would put it first."""
    if second.action is chosen.action:
        behind = chosen.score - second.score
        gap = "only teaching order decided" if behind == 0 else f"its score is {behind:.2f} lower"
        asks_again = second.action in (Action.REVIEW, Action.CONFIRM)
        advice = "" if asks_again else " Make it your only goal to study it first."
        return f"{second.name} is the runner-up: {gap}.{advice}"
    return f"{second.name} is the runner-up: a {chosen.action} goes before a {second.action}."
