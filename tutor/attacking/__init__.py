"""The attack suite: answers that must not pass and answers that must, and how a grader stands up to them."""
