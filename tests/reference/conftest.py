"""How many examples the judge draws: a few in CI, as many as asked for by `--examples 20000`."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

FEW = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options for a long run, and for one that only asks whether an example fails."""
    parser.addoption("--unshrunk", action="store_true", help="tell the first failing example as it was drawn")
    parser.addoption("--examples", type=int, default=FEW, help="examples the judge draws for each property")


def pytest_configure(config: pytest.Config) -> None:
    """The profile the judge's tests run under."""
    count = config.getoption("--examples", default=FEW)
    unshrunk = config.getoption("--unshrunk", default=False)
    settings.register_profile(
        "judge",
        max_examples=count,
        deadline=None,
        derandomize=count == FEW,
        print_blob=True,
        phases=[phase for phase in Phase if not (unshrunk and phase in (Phase.shrink, Phase.explain))],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    settings.load_profile("judge")
    if count != FEW:
        config.option.timeout = 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Drawing takes the time it takes: on a busy machine a timeout would be shrunk, and told, as a failure."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(0))
