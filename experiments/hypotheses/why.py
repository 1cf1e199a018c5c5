"""Why each answer is what it is: what the records show, written after the runs."""

WHY: dict[int, str] = dict.fromkeys(range(1, 11), "")
