"""Posts to a terminal or a file: for trying things out, and the smallest example of an adapter."""

from adapters.console.publish import ConsoleAdapter

__all__ = ["ConsoleAdapter"]
