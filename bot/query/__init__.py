"""The query language: what people type about papers, from text to tree and back."""
