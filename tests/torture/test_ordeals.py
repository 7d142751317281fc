"""Every ordeal in its short form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.frame import Ordeal, Trial
from tests.torture.ordeals import all_ordeals

SEED = 7


@pytest.mark.parametrize("ordeal", all_ordeals().values(), ids=lambda ordeal: ordeal.name)
def test_it_is_survived(ordeal: Ordeal, tmp_path: Path) -> None:
    outcome = ordeal.run(Trial(SEED, short=True, folder=tmp_path))
    assert outcome.faults == []
    assert outcome.figures  # that nothing was done is no success
