"""Slack: posts through the Web API, hears commands and buttons through Socket Mode."""
