"""What ``postlens usage`` shows."""

from dataclasses import asdict

from rich.table import Table

from serve_app.cli.asked_service import AskedService
from serve_app.cli.output import console, plain, print_json
from serve_app.client.usage import MonthLeft, UsageReport


def show(service: AskedService, *, since: str | None, until: str | None, key: str | None) -> None:
    """Print the usage of some days.

    Raises:
        PostLensError: the service did not answer, or takes no such day or key.
    """
    with service.client() as postlens:
        report = postlens.usage.get(since=since, until=until, key=key)
    if service.as_json:
        print_json(asdict(report))
        return
    console().print(_table(report))
    for month in report.months:
        console().print(
            plain(f"{month.key} has left until {month.renews_at:%Y-%m-%d}: {_left(month)}")
        )


def _table(report: UsageReport) -> Table:
    table = Table("day", "key", box=None, padding=(0, 2, 0, 0), show_footer=True)
    table.columns[0].footer = "all"
    for name in ("posts", "characters", "requests"):
        footer = f"{getattr(report.total, name):,}"
        table.add_column(name, footer=footer, justify="right")
    for item in report.items:
        counts = (f"{n:,}" for n in (item.posts, item.characters, item.requests))
        table.add_row(f"{item.day}", str(item.key or "none"), *counts)
    return table


def _left(month: MonthLeft) -> str:
    lefts = {"posts": month.posts_left, "characters": month.characters_left}
    return ", ".join(f"{left:,} {name}" for name, left in lefts.items() if left is not None)
