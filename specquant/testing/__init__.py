"""The kit for authors of plug-ins: named checks of what the core relies on, and what a plug-in looks like to its users.

In the tests of a plug-in's own distribution::

    from specquant.testing import parametrize_with_checks

    @parametrize_with_checks("mine")
    def test_plugin(check):
        check()

On the command line ``specquant check mine`` prints the same checks as a table.
"""

from specquant.testing.checks import CHECKS, Check, Failed, Inapplicable
from specquant.testing.pytest_face import parametrize_with_checks
from specquant.testing.running import Outcome, Status, run_checks
from specquant.testing.subject import Sample, Subject

__all__ = [
    "CHECKS",
    "Check",
    "Failed",
    "Inapplicable",
    "Outcome",
    "Sample",
    "Status",
    "Subject",
    "parametrize_with_checks",
    "run_checks",
]
