"""Learners with hidden mastery, taught by the service's own policy: how well it guides."""
