"""The starter corpus, example subscriptions and an invented day of papers, as data files of the package."""
