"""Pages that list papers as plain text, in four shapes."""
