"""What the tutor does; each module is one activity."""
