"""How much is tested.

What is marked ``again`` or ``processes`` is slow too: ``-m slow`` is everything besides. Laws are
tried in a few random worlds, and in many with ``--hypothesis-profile=many``.
"""

import pytest
from hypothesis import settings

settings.register_profile("few", max_examples=15)
settings.register_profile("many", max_examples=200)
settings.load_profile("few")


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("again") or item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.slow)
