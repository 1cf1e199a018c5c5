"""The model a second time: slow, plain, and written without looking at the engine.

Workers, zones and requests are objects, what takes time is a SimPy process, and each rule
stands in one place under its own name. It reads what is drawn before a run (the plan's
tables) and shares nothing else with the engine, so a rule that both get wrong would have to
be misread twice.

======================  ==============================================================
:mod:`.clock`           time, and the order of events at one instant
:mod:`.spans`           stretches of time: shifts, opening hours
:mod:`.lattice`         cells, and the ways over them
:mod:`.luck`            the keyed numbers, looked up by purpose
:mod:`.request`         a request and how far it has come
:mod:`.routing`         its way to its owner: triage, unclear areas, handoffs
:mod:`.worker`          a worker: shifts, background tasks, the job in hand and the one held
:mod:`.practice`        how long a visit takes: skill, practice, dilution
:mod:`.patrol`          idle workers walk
:mod:`.search`          hidden problems, and who comes across them
:mod:`.zone`            a zone: who owns what, who is posted, who waits
:mod:`.desk`            who may take what, who is asked first, what is picked first
:mod:`.surge`           rapid response while many emergencies are open
:mod:`.cases`           after the visit: departments, second parts, closing, reopening
:mod:`.departments`     letters, whistles, leaders who sign, officers who attend
:mod:`.residents`       patience and trust
:mod:`.settle`          who and what there is, read from a plan
:mod:`.model`           a city put together from a plan and run to its end
:mod:`.tables`          what the run leaves behind, in the columns of a record
======================  ==============================================================
"""
