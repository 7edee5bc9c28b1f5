"""What the root conftest.py gives to every test."""
