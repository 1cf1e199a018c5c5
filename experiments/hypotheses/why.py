"""Why each answer is what it is: what the records of Chibi's defaults show, after the runs.

Numbers here are rounded from a run of ``onegrid hypotheses``; the answers themselves are not
written anywhere, they are computed.
"""

WHY: dict[int, str] = {
    1: "At the default most calls find somebody free and the right owner, so both medians are 0 "
    "in every arm and say little; the means differ by 14 and 43 minutes. The load over all "
    "workers hides that of a role: at twice the demand city officers spend half of their paid "
    "time on requests and the rest on background, and their calls queue in the squads of the "
    "partition and of narrow; where a zone has one officer the same wait counts as nobody on "
    "duty.",
    2: "The root law is for areas without cells: with 17 and 31 cells a zone the exact mean way "
    "on the lattice grows 1.40 times (1.37 with cells of 50 m), and the two dedicated zones, one "
    "of them 120 cells, make it 1.42. The minute for setting off dilutes it to 1.34. The shipped "
    "teams are quicker, not nearer: community calls lie 1.3 times as far, but police and city "
    "officers on e-bikes answer two fifths of all, and squads of officers become smaller units.",
    3: "One owner of all domains hands nothing over and disputes no area, though nobody learns "
    "anything: that is 33 minutes of the partition's mean. With nothing misnamed or unclear "
    "narrow is 3 to 4 % slower in both, within the margin.",
    4: "Help does not mend rotas: 90 city officers, on two shifts and five days of seven, leave "
    "most of their 74 zones with nobody on duty, and calls about city order wait for cover or "
    "past closing time. Merged zones mix roles of different hours; queue and travel are a quarter "
    "of the difference.",
    5: "As expected: police of a merged unit are out on other calls when an emergency comes; in "
    "every fragmented arm they have nothing else to do, and with a reserve one of them is free.",
    6: "As expected: at low load there is no queue to save, at high load slower work fills the "
    "pool. All five are theory's, rounded.",
    7: "Balancing moves hours between cadres, city officers and property staff. Police, a quarter "
    "of the workers and by rule no part of it, stay at 1 % request work until they are "
    "cross-trained; without them balanced heads bring two thirds.",
    8: "As expected: patrols find 84 % of hidden problems instead of 39 %; those found are a sixth "
    "of what is answered and would have been noticed and reported anyway, only later.",
    9: "Where anyone reports anything, patrols have found 84 % within hours, and ten times the "
    "riders are first in 2 to 3 of 100. Where patrols report their own domains only, the same "
    "riders shorten it by 9 %, but with 4,900 reports a year, as there is more left to see.",
    10: "Calls change by about weight x (trust - start), and trust settles near .65, the share of "
    "a day's answers within two hours. So -60 % needs a full trust at the start, readiness that "
    "falls by more than about 1.7 times the trust lost, and trust that follows within weeks; a "
    "weight up to 1 explains about a third.",
}
