"""Fixtures and reports for all tests, those of the rooms and those that cross rooms."""

pytest_plugins = ["tests.plugins.data", "tests.plugins.rules", "tests.plugins.browser", "tests.world"]
