"""The functions that the simulated site offers."""

from plugins.moodle.simulator.functions import awards, courses, grades, people, submissions
from plugins.moodle.simulator.functions.registry import FUNCTIONS, Call, Function

__all__ = ["FUNCTIONS", "Call", "Function", "awards", "courses", "grades", "people", "submissions"]
