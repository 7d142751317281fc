"""The runbook names every figure that the bot shows, and none that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.metrics import Metrics

ROOT = Path(__file__).parents[1]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def shown() -> set[str]:
    """Return the names of all figures, as Prometheus' rules write them."""
    return (
        {sample.name for metric in Metrics().registry.collect() for sample in metric.samples}
        | {f"{metric.name}_total" for metric in Metrics().registry.collect() if metric.type == "counter"}
        | {f"{metric.name}_bucket" for metric in Metrics().registry.collect() if metric.type == "histogram"}
    )


def families() -> list[str]:
    return sorted(metric.name for metric in Metrics().registry.collect() if metric.name.startswith("modaclip_"))


def test_every_figure_that_it_names_is_there() -> None:
    named = set(re.findall(r"\b(?:modaclip|process)_[a-z_]*[a-z]", RUNBOOK))
    known = shown() | {metric.name for metric in Metrics().registry.collect()}
    assert {name for name in named if name not in known} == set()
    assert len(named) > 12


@pytest.mark.parametrize("family", families())
def test_every_figure_has_its_line(family: str) -> None:
    assert family in RUNBOOK


@pytest.mark.parametrize("alert", re.findall(r"^\| (\w[\w ]*) \| `", RUNBOOK, re.MULTILINE))
def test_every_alert_says_what_to_do(alert: str) -> None:
    assert f"**{alert}.**" in RUNBOOK


def test_every_document_that_it_names_is_there() -> None:
    for name in re.findall(r"\]\(([\w.]+\.md)\)", RUNBOOK):
        assert (ROOT / "docs" / name).is_file(), name
