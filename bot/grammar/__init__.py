"""The commands: one table of them, and how they are typed."""
