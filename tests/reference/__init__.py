"""The model a second time: slow, plain, and written without looking at the engine.

Workers, zones and requests are objects, what takes time is a SimPy process, and each rule
stands in one place under its own name. It reads what is drawn before a run (the plan's
tables) and shares nothing else with the engine, so a rule that both get wrong would have to
be misread twice.

======================  ==============================================================
:mod:`.clock`           time, and the order of events at one instant
:mod:`.spans`           stretches of time: shifts, opening hours
:mod:`.luck`            the keyed numbers, looked up by purpose
:mod:`.request`         a request and the way it takes to its owner
:mod:`.worker`          a worker: shifts, background tasks, patrol, the job in hand
:mod:`.zone`            a zone: who owns what, who is posted, who waits
:mod:`.desk`            who may take what, who is asked first, what is picked first
:mod:`.model`           a city put together from a plan and run to its end
:mod:`.tables`          what the run leaves behind, in the columns of a record
======================  ==============================================================
"""
