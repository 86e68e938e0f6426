"""Pictures: charts drawn in a process of their own, so that nobody waits for the plotting library."""
