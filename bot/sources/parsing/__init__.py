"""Documents of others, read by a child that may die of them."""
