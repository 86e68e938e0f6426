"""All standing rules against one paper."""
