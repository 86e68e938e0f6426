"""Text of papers and names of people: cleaned, read, compared, shortened, marked."""
