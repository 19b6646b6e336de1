"""Settings of the installations that service tests start; leases are short, so that tests are."""

from __future__ import annotations

import os

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("TUTOR_ENGINE", "embedded")
os.environ.setdefault("EMBEDDER", "vectorstore.hash_embedder.HashEmbedder")
os.environ.setdefault("JOB_LEASE_S", "1.5")
os.environ.setdefault("FETCH_DELAY_S", "0")

from config.settings import *  # noqa: F403
from config.settings import JOB_HANDLERS as SERVICE_HANDLERS

JOB_HANDLERS = {**SERVICE_HANDLERS, "slow_stages": "tests.jobs.handlers.slow_stages"}
