"""The compiled event loop. Read :mod:`loop` first, then the mechanism you came for."""
