"""The sealer of issuing's tests."""

from skillcert.issuing.tests.conftest import sealed  # noqa: F401  # a fixture
