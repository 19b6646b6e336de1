"""What changes and reads the record of what learners know; each module is one activity."""
