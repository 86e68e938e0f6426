"""Files that people bring, one module for each format."""
