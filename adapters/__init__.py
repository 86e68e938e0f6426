"""One folder for each platform. ``kit`` is the only thing they share; none of them knows another."""
