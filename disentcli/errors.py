"""Errors that a user can act on: the message says what was expected, what came, and what to do."""


class DisentError(Exception):
    """Something failed that the user can understand and mend; shown without a traceback."""

    exit_code = 1


class CallError(DisentError, ValueError):
    """The call itself is wrong: an unknown name, a misspelt key, a value that does not fit."""

    exit_code = 2


class Unsupported(DisentError):
    """Data or model cannot support what was asked; a metric that raises it is null for this reason."""
