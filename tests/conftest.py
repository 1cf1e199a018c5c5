"""What is marked ``again`` or ``processes`` is slow too: ``-m slow`` is everything besides."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("again") or item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.slow)
