"""Where the totals of a measure by hour come from: the room counts no posts itself."""

from typing import Protocol

from serve_app.alerts.calibration import HourSpan
from serve_app.alerts.definition import AlertScope
from serve_app.alerts.hourly import Hourly
from serve_app.store.connection import Connection


class HourlyTotals(Protocol):
    """Reads totals that are kept up with every write."""

    async def read(
        self,
        connection: Connection,
        workspace: int,
        measure: str,
        scope: AlertScope,
        span: HourSpan,
    ) -> Hourly:
        """The hours of a span.

        Args:
            connection: in a transaction of the workspace.
            workspace: whose posts.
            measure: a name of :data:`serve_app.alerts.measures.MEASURES`.
            scope: of which posts; with a term only measures that are known of terms.
            span: hours since the epoch, by the times at which posts were published.
        """
        ...
