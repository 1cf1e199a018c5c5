"""The engine and what it stands on, piece by piece."""
