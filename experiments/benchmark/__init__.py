"""``onegrid benchmark``: the engine against references that do the same work."""
