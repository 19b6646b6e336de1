"""Practice items: short questions that code can grade, each with the words of a source that prove it."""
