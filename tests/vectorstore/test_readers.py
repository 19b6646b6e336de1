from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tutor.embedded.calibration import ADAPTER_FILE
from vectorstore.hash_reader import HashReader
from vectorstore.minilm_reader import LONGEST_TEXT, MiniLmReader
from vectorstore.ports import Reader

IDEA = "Friction turns the energy of a moving ball into heat."


@pytest.fixture(scope="module")
def minilm_reader() -> MiniLmReader:
    return MiniLmReader(ADAPTER_FILE)


@pytest.fixture(params=["hash", pytest.param("minilm", marks=pytest.mark.weights)])
def reader(request: pytest.FixtureRequest) -> Reader:
    if request.param == "hash":
        return HashReader()
    found: MiniLmReader = request.getfixturevalue("minilm_reader")
    return found


def test_each_token_has_a_unit_vector_and_its_place(reader: Reader) -> None:
    text = "The ball's speed: 3.5 m/s."
    [reading] = reader.read([text])
    assert reading.text == text
    assert len(reading.spans) == len(reading.vectors)
    np.testing.assert_allclose(np.linalg.norm(reading.vectors, axis=1), 1, atol=1e-4)
    said = [text[start:end] for start, end in reading.spans]
    assert "".join(said) == text.replace(" ", "")


def test_readings_come_in_the_order_of_the_texts(reader: Reader) -> None:
    texts = ["a ball", IDEA, "", "rivers " * 40, "bread"]
    assert [reading.text for reading in reader.read(texts)] == texts
    assert len(reader.read([""])[0].vectors) == 0
    assert reader.read([]) == []


def test_a_context_is_read_but_not_returned(reader: Reader) -> None:
    alone, [inside] = reader.read([IDEA])[0], reader.read([IDEA], context="What does friction do?")
    assert inside.spans == alone.spans
    assert inside.vectors.shape == alone.vectors.shape


def test_the_same_word_is_nearer_than_another(reader: Reader) -> None:
    one, same, other = (reader.read([text])[0].vectors[0] for text in ("friction", "friction slows", "bread"))
    assert one @ same > one @ other


def test_a_copy_says_it_and_a_shuffled_one_does_not(reader: Reader) -> None:
    shuffled = "into ball moving energy heat a of turns friction the"
    copy, tampered = reader.compare([(IDEA, IDEA), (IDEA, shuffled)])
    assert copy > 0 > tampered
    assert reader.compare([]).shape == (0,)


@pytest.mark.weights
def test_the_words_of_the_sentence_count(minilm_reader: MiniLmReader) -> None:
    river, money = (
        minilm_reader.read([text])[0] for text in ("the bank of the river", "the bank lends money")
    )
    assert river.vectors[1] @ money.vectors[1] < 0.9


@pytest.mark.weights
@pytest.mark.parametrize(
    "wrong",
    [
        "Friction does not turn the energy of a moving ball into heat.",
        "friction, energy, moving, ball, heat",
    ],
)
def test_an_answer_with_all_the_words_need_not_say_it(minilm_reader: MiniLmReader, wrong: str) -> None:
    right = "I think friction turns the enrgy of a moving ball into heat."
    said, turned = minilm_reader.compare([(IDEA, right), (IDEA, wrong)])
    assert said > 0 > turned


@pytest.mark.weights
def test_what_is_too_long_is_read_from_its_beginning(minilm_reader: MiniLmReader) -> None:
    [reading] = minilm_reader.read(["word " * 1000])
    assert len(reading.spans) == LONGEST_TEXT
    assert np.isfinite(minilm_reader.compare([("word " * 1000, IDEA * 100)])).all()


@pytest.mark.weights
def test_many_together_are_as_each_alone(minilm_reader: MiniLmReader) -> None:
    pairs = [(IDEA, "heat " * size) for size in (1, 90, 7)]
    together = minilm_reader.compare(pairs)
    alone = [minilm_reader.compare([pair])[0] for pair in pairs]
    np.testing.assert_allclose(together, alone, atol=0.15)  # bfloat16 rounds by batch


@pytest.mark.weights
def test_a_reader_without_adapters_reads_but_does_not_compare() -> None:
    with pytest.raises(ValueError, match="adapter"):
        MiniLmReader().compare([(IDEA, IDEA)])


@pytest.mark.weights
def test_adapters_of_another_net_are_refused(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "other.safetensors"
    save_file({"outer.weight": torch.zeros(1, 96)}, path)
    with pytest.raises(ValueError, match="Train the grader again"):
        MiniLmReader(path).compare([(IDEA, IDEA)])


def test_making_the_real_reader_loads_nothing() -> None:
    script = (
        "import sys; from vectorstore.minilm_reader import MiniLmReader; MiniLmReader();"
        "print([n for n in ('torch', 'transformers', 'safetensors') if n in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
