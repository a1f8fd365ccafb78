"""A simulated Moodle site: shapes and traps of 4.5, data from a seed, faults by switches. Part of the development kit.

    site = generate("http://moodle.example:8000/school", set(FUNCTIONS), seed=7)
    moodle = simulator(site, clock)
    moodle.faults.on(HtmlPage(status=503))

`python -m plugins.moodle.simulator` runs one on this machine.
"""

from plugins.moodle.simulator.application import MoodleSimulator, simulator
from plugins.moodle.simulator.functions import FUNCTIONS
from plugins.moodle.simulator.generate import EPOCH, TOKEN, Size, generate
from plugins.moodle.simulator.site import Site

__all__ = ["EPOCH", "FUNCTIONS", "TOKEN", "MoodleSimulator", "Site", "Size", "generate", "simulator"]
