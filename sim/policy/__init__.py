"""What the reform decides: seven levers, each a spec and the table it yields."""

from sim.base import Spec
from sim.policy.dispatch import Dispatch
from sim.policy.layout import Layout
from sim.policy.routing import Routing
from sim.policy.sensing import Sensing
from sim.policy.staffing import Staffing
from sim.policy.surge import Surge
from sim.policy.whistle import Whistle

__all__ = [
    "Dispatch",
    "Layout",
    "Policy",
    "Routing",
    "Sensing",
    "Staffing",
    "Surge",
    "Whistle",
]


class Policy(Spec):
    """One arm: the seven levers."""

    layout: Layout
    staffing: Staffing
    routing: Routing
    dispatch: Dispatch
    whistle: Whistle
    sensing: Sensing
    surge: Surge
