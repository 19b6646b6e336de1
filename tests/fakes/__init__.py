"""Servers that misbehave: they speak real HTTP on loopback, so that any process can meet them."""
