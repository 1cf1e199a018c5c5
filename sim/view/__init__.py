"""The live view: both layouts on one clock, in a browser, without a network.

An extra (``uv sync --extra view``). ``pair`` steps both cities, ``picture`` draws them,
``page`` puts both into Mesa's SolaraViz, ``server`` shows the page on this machine only.
"""
