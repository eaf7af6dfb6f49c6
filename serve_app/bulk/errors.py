"""What keeps a bulk job from running, or ends it in the midst."""


class BulkRefused(Exception):
    """The job cannot be run as it was asked for; the message says why and what to do."""


class BulkStopped(Exception):
    """Ray gave up in the midst of a job; what is done is kept, and the same command continues."""
