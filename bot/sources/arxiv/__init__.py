"""arXiv in all the ways it speaks."""
