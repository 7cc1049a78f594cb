"""The outcome of a run says in sentences what its checks found."""

import dagster as dg
import pytest

from music_assets.cli.outcome import RunOutcome, outcome_of


def outcome(*, blocking: bool) -> RunOutcome:
    """The outcome of a run with a check that does not hold."""

    @dg.asset
    def figures() -> None:
        pass

    @dg.asset_check(asset=figures, blocking=blocking)
    def not_negative() -> dg.AssetCheckResult:
        severity = dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN
        return dg.AssetCheckResult(
            passed=False, severity=severity, description="None is below zero. Not so: 202601 S."
        )

    @dg.asset(deps=[figures])
    def sums() -> None:
        pass

    loud = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = dg.materialize([figures, not_negative, sums], raise_on_error=False, run_config=loud)
    return outcome_of(result.all_events, success=result.success)


SENTENCE = "figures: not_negative does not hold. None is below zero. Not so: 202601 S."


@pytest.mark.parametrize("blocking", [True, False])
def test_a_check_that_does_not_hold_says_so_once_in_its_own_sentence(blocking: bool) -> None:
    found = outcome(blocking=blocking)
    assert (found.failures, found.warnings) == (([SENTENCE], []) if blocking else ([], [SENTENCE]))
    assert [step.asset for step in found.steps] == ["figures", "sums"][: 1 if blocking else 2]
