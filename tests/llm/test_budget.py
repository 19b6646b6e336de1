from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.budget import check_budget, fewest_in_prompt, fewest_tokens, most_in_prompt, most_tokens
from llm.errors import PromptTooLong
from llm.ports import Message

# Text, and about how many tokens a usual tokenizer makes of it: whole common words, single digits and signs.
SAMPLES = [
    ("The cat sat on the mat.", 7),
    ("A photon carries momentum although it has no mass.", 10),
    ("x = [i**2 for i in range(10)]", 15),
    ("3.14159265", 10),
]


@pytest.mark.parametrize(("text", "tokens"), SAMPLES)
def test_the_true_count_lies_between_the_bounds(text: str, tokens: int) -> None:
    assert fewest_tokens(text) <= tokens <= most_tokens(text)


@given(st.text())
def test_the_lower_bound_never_passes_the_upper(text: str) -> None:
    assert 0 <= fewest_tokens(text) <= most_tokens(text)


@given(st.text(), st.text())
def test_more_text_never_takes_fewer_tokens_than_its_parts_allow(first: str, second: str) -> None:
    assert most_tokens(f"{first}\n{second}") == most_tokens(first) + 1 + most_tokens(second)


def test_signs_of_other_scripts_count_by_their_bytes() -> None:
    assert most_tokens("数学") == 6
    assert most_tokens("é") == 2


def test_a_prompt_counts_its_messages_and_what_a_template_puts_around_them() -> None:
    messages = (Message("system", "Be brief."), Message("user", "Why is the sky blue at noon?"))
    assert most_in_prompt(messages) > sum(most_tokens(message.content) for message in messages)
    assert fewest_in_prompt(messages) == 1 + 5


def test_prompt_and_reply_must_fit_the_window_together() -> None:
    messages = (Message("user", "word " * 100),)
    needed = most_in_prompt(messages)
    check_budget(messages, num_predict=50, num_ctx=needed + 50)
    with pytest.raises(PromptTooLong) as failure:
        check_budget(messages, num_predict=51, num_ctx=needed + 50)
    assert failure.value.needed == needed + 51
