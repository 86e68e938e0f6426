"""How good the answers are: ``make eval``. Public judgements, asked of the project's own store; nothing here is tuned to any of them."""
