"""What people ask, answered: one module for each topic."""
