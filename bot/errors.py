"""Every error a person may see.

    PapercrierError
    |-- BadInput            what was typed cannot be used            (exit 2)
    |-- ConfigError         the configuration, all problems at once  (exit 2)
    |-- StoreError          the database cannot be used              (exit 1)
    |   `-- StoreBusy       another process runs on this database    (exit 75)
    |-- SourceError         a source did not answer as it should     (exit 1)
    `-- PlatformError       Slack or Discord refused                 (exit 1)
        `-- AuthFailed      the token is not accepted                (exit 1)

The message says what happened, the next step what to do about it. Both are plain text, fit to be shown to anyone:
they never carry a secret.
"""

from __future__ import annotations


class PapercrierError(Exception):
    """Base: ``message`` says what happened, ``next_step`` what to do now. Exit code of the command line: ``exit_code``."""

    exit_code = 1

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}: {self.next_step}" if self.next_step else self.message


class BadInput(PapercrierError):
    """A query, command or option that cannot be used. ``position`` counts characters from 0 where it is known.

    ``fixes`` are values that would have been right, nearest first; whoever knows the command turns them into ``repairs``: whole
    commands without the root, ready to run, that an answer offers as buttons. ``option`` is the one that is wrong, where it is one.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        next_step: str = "",
        *,
        position: int | None = None,
        fixes: tuple[str, ...] = (),
        repairs: tuple[str, ...] = (),
        option: str = "",
    ) -> None:
        super().__init__(message, next_step)
        self.position = position
        self.fixes = fixes
        self.repairs = repairs
        self.option = option


class ConfigError(PapercrierError):
    """The configuration cannot be used. ``problems`` holds one line for each, with its key and a fix."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class StoreError(PapercrierError):
    """The database cannot be opened, read or written."""


class StoreBusy(StoreError):
    """Another ``papercrier run`` works on this database."""

    exit_code = 75


class SourceError(PapercrierError):
    """A source of papers answered with nothing usable. The papers it already gave are kept."""


class PlatformError(PapercrierError):
    """Slack or Discord refused, for a reason that has nothing to do with one message."""


class AuthFailed(PlatformError):
    """The platform does not accept the token; trying again would never help."""
