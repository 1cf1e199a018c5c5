"""The command line and the studies: thin, no model logic."""
