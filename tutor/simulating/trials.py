"""Many learners, taught one way: the same learners for every way."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mastery.parameters import Parameters
from tutor.decisions import DEFAULT_WEIGHTS, Weights
from tutor.simulating.guides import GUIDES
from tutor.simulating.placing import NoPlacement, Placement, ShortPlacement
from tutor.simulating.running import Course, run
from tutor.simulating.tutoring import OF_THE_WORLD, Tutor
from tutor.simulating.worlds import Life, World, draw_life, drawn_world

LEARNERS_A_WORLD = 5
RESAMPLES = 400

# What the service calls mastered here; its default of 0.9 is for explanations, which are hard to guess, and
# these learners answer one question in five rightly by guessing.
THRESHOLD = 0.993

MakePlacement = Callable[[World, Life], Placement]


def short_placement(world: World, life: Life) -> Placement:
    """Return the placement that is asked where no other is given."""
    return ShortPlacement(world.told, goals=life.goals)


def no_placement(world: World, life: Life) -> Placement:
    """Return one that asks nothing."""
    return NoPlacement()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to teach.

    Attributes
    ----------
    name : str
    guide : str
        A key of `tutor.simulating.guides.GUIDES`.
    missing, spurious : float
        Share of the true edges that the tutor lacks, and how many false ones it has for each true one.
    threshold : float
    placement : callable
    parameters : Parameters
        Of the estimator.
    weights : Weights
        Of the service's policy.
    """

    name: str
    guide: str = "service"
    missing: float = 0.0
    spurious: float = 0.0
    threshold: float = THRESHOLD
    placement: MakePlacement = short_placement
    parameters: Parameters = field(default_factory=lambda: OF_THE_WORLD)
    weights: Weights = DEFAULT_WEIGHTS


WAYS = (
    Way("service, placement"),
    Way("service, placement, a tenth of the edges wrong", missing=0.1, spurious=0.1),
    Way("service, no placement", placement=no_placement),
    Way("service, placement, threshold 0.90", threshold=0.9),
)
ABLATIONS = (
    Way("goals never re-checked", weights=Weights(confirm_below=0.0)),
    Way("prerequisites never re-checked", weights=Weights(shaky_from=1.1)),
    Way("neither", weights=Weights(confirm_below=0.0, shaky_from=1.1)),
    Way("every due review before what is new", weights=Weights(review_below=1.1)),
)
PLAIN_WAYS = tuple(
    Way(guide, guide=guide, threshold=0.95, placement=no_placement) for guide in GUIDES if guide != "service"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % bootstrap interval over learners."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What one way comes to.

    Attributes
    ----------
    ratio : Figure
        Interactions of all learners until their goals are truly mastered, to those of the oracle; who does
        not get there counts as long as it was tried.
    reached : Figure
        Share of learners who got there.
    goals_true : Figure
        Share of goals truly mastered when all was first said to be done.
    declared_falsely, opened_falsely : Figure
        Share of what began to count as mastered, or as enough to build on, that was not truly mastered then.
    done_ratio : Figure
        As `ratio`, until the tutor says that all is done.
    over_practice : float
        Share of interactions on what was mastered already.
    declared : float
        How many concepts a learner were declared.
    """

    learners: int
    ratio: Figure
    reached: Figure
    goals_true: Figure
    declared_falsely: Figure
    opened_falsely: Figure
    done_ratio: Figure
    over_practice: float
    declared: float


def drawn_lives(
    learners: int, *, size: int, seed: int, missing: float = 0.0, spurious: float = 0.0
) -> Iterator[tuple[World, Life]]:
    """Draw learners, five to a subject; damage to what is told changes neither subjects nor learners."""
    for number in range(learners):
        if number % LEARNERS_A_WORLD == 0:
            rng = random.Random(f"{seed} world {number}")  # noqa: S311 - no secret
            world = drawn_world(size, rng=rng, missing=missing, spurious=spurious)
        life_rng = random.Random(f"{seed} life {number}")  # noqa: S311 - no secret
        yield world, draw_life(world, rng=life_rng)


def try_way(way: Way, *, learners: int, size: int, seed: int) -> Iterator[Course]:
    """Teach drawn learners one way."""
    lives = drawn_lives(learners, size=size, seed=seed, missing=way.missing, spurious=way.spurious)
    for number, (world, life) in enumerate(lives):
        yield teach(way, world, life, chance=f"{seed} guide {number}")


def teach(way: Way, world: World, life: Life, *, chance: str) -> Course:
    """Teach one learner one way."""
    goals = tuple(world.told.concepts[goal] for goal in life.goals)
    return run(
        world,
        life,
        tutor=Tutor(
            world.told,
            goals=goals,
            parameters=way.parameters,
            threshold=way.threshold,
            weights=way.weights,
        ),
        guide=GUIDES[way.guide](random.Random(chance)),  # noqa: S311 - no secret
        placement=way.placement(world, life),
    )


def summarise(courses: Sequence[Course], *, rng: random.Random) -> Summary:
    """Sum up what became of some learners; there must be at least one."""

    def figure(top: Callable[[Course], float], bottom: Callable[[Course], float]) -> Figure:
        pairs = [(top(course), bottom(course)) for course in courses]
        drawn = sorted(_share(rng.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
        low, high = drawn[round(0.025 * RESAMPLES)], drawn[round(0.975 * RESAMPLES) - 1]
        return Figure(_share(pairs), low, high)

    asked = sum(sum(_asked(course)) for course in courses)
    return Summary(
        learners=len(courses),
        ratio=figure(lambda one: one.cost, lambda one: one.oracle),
        reached=figure(lambda one: one.took is not None, lambda one: 1),
        goals_true=figure(
            lambda one: one.goals_true, lambda one: one.goals if one.done_at is not None else 0
        ),
        declared_falsely=figure(lambda one: one.declared_falsely, lambda one: one.declared),
        opened_falsely=figure(lambda one: one.opened_falsely, lambda one: one.opened),
        done_ratio=figure(
            lambda one: one.limit if one.done_at is None else one.done_at, lambda one: one.oracle
        ),
        over_practice=sum(one.spent["known"] for one in courses) / max(1, asked),
        declared=sum(one.declared for one in courses) / len(courses),
    )


NOT_ASKED = frozenset({"known", "unready", "waiting"})


def _asked(course: Course) -> list[int]:
    return [count for what, count in course.spent.items() if what not in NOT_ASKED]


def _share(pairs: Sequence[tuple[float, float]]) -> float:
    bottom = sum(below for _, below in pairs)
    return sum(above for above, _ in pairs) / bottom if bottom else 0.0
