"""The speed benchmark: what it draws, what it measures beside what, and how the figures are shown."""
