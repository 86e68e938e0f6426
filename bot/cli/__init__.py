"""The ``papercrier`` command: one small file for each group of verbs."""
