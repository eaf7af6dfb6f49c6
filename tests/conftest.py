"""For all tests: how examples are drawn, and a count of what was skipped and why."""

import re
import signal
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

# Tests share their machine: how long an example takes there says nothing about the code.
settings.register_profile("postlens", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("postlens")

# A job in a script's background ignores Ctrl-C, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run how many tests were skipped, by reason.

    A bare clone has no data sets, no browser and no kubectl: its green run is not the whole
    suite, and should not look as if it were.
    """
    reasons = skip_reasons(terminalreporter.stats.get("skipped", []))
    if not reasons:
        return
    terminalreporter.write_sep("-", f"{reasons.total()} skipped, by reason")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5}  {reason}")


def skip_reasons(reports: list[pytest.TestReport | pytest.CollectReport]) -> Counter[str]:
    """How often each reason was given; a skipped module counts once."""
    return Counter(_reason(report) for report in reports)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # pytest keeps (file, line, "Skipped: reason"); an xfail that failed has text alone.
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return re.sub(r"^Skipped: ", "", text)
