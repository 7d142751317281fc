"""The decoders of all tests: to start a process for each would take longer than most of them do."""

from __future__ import annotations

import atexit

from core.decoding import Decoders

DECODERS = Decoders()
atexit.register(DECODERS.close)
