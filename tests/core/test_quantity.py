"""Kubernetes quantities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.core.quantity import parse_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4.0), ("500m", 0.5), ("0.5", 0.5), (".5", 0.5), ("2Gi", 2.0**31), ("2G", 2e9), ("1e3", 1000.0),
        ("12E", 1.2e19), ("5k", 5000.0), ("3n", 3e-9), (4, 4.0), (0.25, 0.25), ("+1", 1.0),
        ("-1", 0.0), ("", 0.0), ("much", 0.0), ("1 Gi", 0.0), ("1e400", 0.0), ("1" * 100, 0.0), ("nan", 0.0),
        ("1gi", 0.0), (True, 0.0), (1, 1.0),
    ],
)  # fmt: skip
def test_a_quantity_is_a_number_and_what_is_none_is_nothing(text, number):
    assert parse_quantity(text) == pytest.approx(number)


@given(text=st.text() | st.floats() | st.integers())
def test_any_text_is_a_number(text):
    assert 0 <= parse_quantity(text) < 1e30
