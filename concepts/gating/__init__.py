"""Which edges may lock a concept: chosen by what it costs simulated learners, never by F1 (pure)."""
