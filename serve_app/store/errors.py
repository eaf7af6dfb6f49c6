"""What the database says of a row; :class:`serve_app.errors.StoreUnavailable` is of a moment."""


class RowRefused(Exception):
    """Postgres cannot store a value: writing the same again would fail again."""
