"""Papercrier: brings a research group the papers it should not miss."""

__version__ = "0.1.0"
