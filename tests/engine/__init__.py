"""The engine and what it stands on, piece by piece."""

from hypothesis import settings

patient = settings(deadline=None)  # the first example may have to compile
