"""A found graph against the author's."""

from __future__ import annotations

import itertools
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from concepts.models import Concept, Prerequisite, Subject
from curriculum.errors import GoldNotReadable
from curriculum.measuring import Agreement, Gold, as_stems, measure, read_gold
from research.models import Library

HERE = Path(__file__).parent
CHAIN = ["vibration", "cycle", "frequency", "pitch"]
GOLD = Gold(
    names={as_stems(name): name for name in [*CHAIN, "overtone"]} | {as_stems("rate"): "frequency"},
    core=frozenset(CHAIN),
    edges=frozenset(itertools.pairwise(CHAIN)),
)


def found(*edges: tuple[str, str], names: tuple[str, ...] = tuple(CHAIN)) -> Agreement:
    return measure({name: [] for name in names}, edges=edges, gold=GOLD)


def test_the_gold_graph_agrees_wholly_with_itself() -> None:
    same = found(*GOLD.edges)
    shares = (same.concept_precision, same.concept_recall, same.edge_precision, same.edge_recall)
    assert shares == (1, 1, 1, 1)
    assert (same.reach_recall, same.reversed) == (1, 0)


def test_an_edge_that_skips_a_step_is_true_though_not_direct() -> None:
    skipping = found(("vibration", "frequency"))
    assert (skipping.edge_precision, skipping.closure_precision) == (0, 1)


def test_an_edge_against_the_order_counts_as_reversed() -> None:
    assert found(("pitch", "cycle"), ("vibration", "cycle")).reversed == 0.5


def test_steps_that_together_reach_count_as_reached() -> None:
    gold = Gold(GOLD.names, GOLD.core, frozenset({("vibration", "frequency")}))
    steps = [("vibration", "cycle"), ("cycle", "frequency")]
    through = measure({name: [] for name in CHAIN}, edges=steps, gold=gold)
    assert (through.edge_recall, through.reach_recall) == (0, 1)


def test_further_concepts_are_no_mistake_and_no_merit_and_others_are_a_mistake() -> None:
    assert found(names=("vibration", "overtone", "recipe")).concept_precision == pytest.approx(2 / 3)
    assert found(names=("overtone",)).concept_recall == 0


def test_names_are_compared_by_stems_and_aliases() -> None:
    alike = measure({"Vibrations": [], "speed": ["rate"]}, edges=[("Vibrations", "speed")], gold=GOLD)
    assert (alike.concept_recall, alike.closure_precision) == (0.5, 1)


def test_nothing_found_is_nothing_right() -> None:
    nothing = measure({}, edges=[], gold=GOLD)
    assert (nothing.concept_precision, nothing.edge_precision, nothing.edge_recall) == (0, 0, 0)


@pytest.mark.parametrize(
    ("edges", "reason"),
    [("prerequisite,dependent\na,b\nb,a\n", "circle"), ("from,to\na,b\n", "KeyError")],
)
def test_gold_that_cannot_be_used_is_refused(tmp_path: Path, edges: str, reason: str) -> None:
    (tmp_path / "gold_concepts.csv").write_text("concept,aliases,document,kind\na,,x.md,core\n", "utf-8")
    (tmp_path / "gold_edges.csv").write_text(edges, "utf-8")
    with pytest.raises(GoldNotReadable, match=reason):
        read_gold(tmp_path)


def run(**options: object) -> str:
    out = StringIO()
    call_command("benchmark_course", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_measures_published_concepts_and_ends_with_one_line_of_figures() -> None:
    library = Library.objects.create(key="s", name="s")
    subject = Subject.objects.create(key="s", name="s", library=library)
    made = [Concept.objects.create(subject=subject, key=n, name=n, status="published") for n in CHAIN[:2]]
    Prerequisite.objects.create(
        subject=subject, prerequisite=made[0], dependent=made[1], status=Prerequisite.Status.ACCEPTED
    )
    assert "concept_precision=1.000" in run(subject="s", data=HERE).splitlines()[-1]
    assert json.loads(run(subject="s", data=HERE, as_json=True))["edge_precision"] == 1


@pytest.mark.django_db
def test_the_command_ends_with_2_without_gold_and_names_an_unknown_subject(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        run(data=tmp_path)
    assert ended.value.code == 2
    with pytest.raises(CommandError, match="no subject 'tea'"):
        run(subject="tea", data=HERE)
