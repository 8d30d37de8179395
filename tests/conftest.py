import pytest

pytest.register_assert_rewrite("figure_tests")
